import { createHash } from "node:crypto";
import { KEYS } from "./keys.ts";
import { about, type CallRequest, type Form, mostly, type Objects, requestOf, reword } from "./requests.ts";
import type { HttpAnswer, Scene } from "./scene.ts";
import type { AgentCall, Header, Step, Weather } from "./steps.ts";

/** A call that was made: what is sent again, word for word, when it is repeated. */
export interface Act {
  readonly reference: string;
  readonly key: number;
  readonly request: CallRequest;
  readonly header: Header;
  /** How often it was sent. */
  times: number;
  /** Nobody knows what became of it: its last answer said so, or did not come. */
  open: boolean;
  /** By act, a repeat of what was declined is another try, and makes another object. */
  declined: boolean;
  /** Whether an answer said what it made. */
  answered: boolean;
  /** Whether it was over when it was last sent: by act, whoever says again what commits nobody wants another. */
  wasOver: boolean;
}

/** An answer that an agent got. */
export interface Answered {
  readonly act: Act;
  readonly answer: HttpAnswer;
}

/** What the reconciler found out: so much of what is at stake through an object is the key's. */
export interface Found {
  readonly root: string;
  readonly key: number;
  readonly micros: number;
}

/** A program as far as it has been played. */
export interface Played {
  readonly scene: Scene;
  readonly acts: Act[];
  objects: Objects;
  /** Status and code of every answer to an agent, with how often it came. */
  readonly answers: Map<string, number>;
  /** What payers, banks, the reconciler and time did, with how often. */
  readonly events: Map<string, number>;
  /** What was heard of since somebody last looked at the books. */
  readonly heard: Answered[];
  readonly found: Found[];
}

/** Counts one more. */
export function tally(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** Who asked for what changes in a step. */
export type Asker = readonly number[] | "company" | "nobody";

/** Plays one step, and says who asked. A step about an object that there is not is no step. */
export async function playStep(played: Played, step: Step): Promise<Asker> {
  const { scene, objects } = played;
  switch (step.step) {
    case "call":
      return [await playCall(played, step.asked)];
    case "together":
      return Promise.all(step.asked.map((asked) => playCall(played, asked)));
    case "twins":
      return [await playTwins(played, step.asked, step.count)];
    case "again":
      return again(played, step);
    case "payer":
      await pay(played, step);
      return "nobody";
    case "bank":
      await settleProcessing(played, step.nth, step.outcome);
      return "nobody";
    case "dispute":
      // Refused by the emulator where a charge cannot be disputed (any more).
      await about(objects.charges, step.nth, (charge) =>
        scene.stack.control.dispute({ charge }).then(
          () => tally(played.events, "charge disputed"),
          () => null,
        ),
      );
      return "nobody";
    case "company":
      await companyMakes(played, step.makes, step.amount);
      return "company";
    case "wait":
      await scene.wait(step.ms);
      return "nobody";
    case "reconcile":
      await reconcile(played);
      return "nobody";
    case "restart":
      await scene.restart();
      tally(played.events, "proxy restarted");
      return "nobody";
  }
}

async function playCall(played: Played, asked: AgentCall): Promise<number> {
  const act = actOf(played, asked);
  if (act !== null) await sendAct(played, act, act.key, asked.weather);
  return asked.key;
}

/** Parts of a client's program that do not know of each other: whatever header they send, it is the same. */
async function playTwins(played: Played, asked: AgentCall, count: number): Promise<number> {
  const act = actOf(played, asked);
  if (act === null) return asked.key;
  // One of them may be answered before another arrives.
  act.wasOver = isOver({ ...act, answered: true });
  const answers = await Promise.all(Array.from({ length: count }, () => send(played, act, act.key)));
  for (const answer of answers) note(played, act, answer);
  if (answers.filter(({ status }) => status === 200).length > 1) tally(played.events, "twins answered alike");
  return asked.key;
}

function actOf(played: Played, { call, key, header }: AgentCall): Act | null {
  const reference = `act-${played.acts.length}`;
  const request = requestOf(call, played.objects, reference);
  if (request === null) return null;
  const act: Act = { reference, key, request, header, times: 1, ...NEVER_SENT };
  played.acts.push(act);
  return act;
}

const NEVER_SENT = { open: true, declined: false, answered: false, wasOver: false };

/** What is made and commits nobody who is named. */
const COMMITS_NOBODY = ["invoices.create", "checkout.sessions.create", "paymentLinks.create"];

function isOver({ answered, header, key, request }: Act): boolean {
  const dedupe = KEYS[key]?.policy.dedupe;
  const isByAct = dedupe === "act" || (dedupe === undefined && header !== "own");
  return answered && isByAct && COMMITS_NOBODY.includes(request.operation);
}

/** Keys whose claims are one: with a header of the caller's choice, and without `dedupe: "act"`. */
function sharesClaims(key: number): boolean {
  const policy = KEYS[key]?.policy;
  return policy?.dedupe !== "act" && policy?.simulate === undefined;
}

/** An agent mostly says again what it has just said. */
const RECENT_ACTS = 8;

/** Another key may repeat what makes an object, when both claim by the header. */
async function again(
  played: Played,
  { nth, key: otherKey, weather, reworded = false }: Extract<Step, { step: "again" }>,
): Promise<readonly number[]> {
  const { acts } = played;
  const known = mostly(nth, acts.slice(-RECENT_ACTS), acts);
  const act = known[nth % Math.max(1, known.length)];
  if (act === undefined) return [];
  const isShared = act.request.makes && act.header === "own" && sharesClaims(act.key);
  const key = otherKey !== null && isShared && sharesClaims(otherKey) ? otherKey : act.key;
  act.times += 1;
  await sendAct(played, act, key, weather, reworded ? reword(act.request, act.times) : null);
  return key === act.key ? [key] : [act.key, key];
}

/** Sends an act, for the first time or again. */
export async function sendAct(
  played: Played,
  act: Act,
  key: number,
  weather: Weather,
  form: Form | null = null,
): Promise<HttpAnswer> {
  const { scene } = played;
  act.wasOver = isOver(act);
  if (weather !== "fair") await scene.setWeather(weather, act.request.operation);
  const answer = await send(played, act, key, form);
  if (weather !== "fair") await scene.clearWeather();
  note(played, act, answer);
  return answer;
}

function send({ scene }: Played, act: Act, key: number, form: Form | null = null): Promise<HttpAnswer> {
  return scene.call(key, act.request.path, form ?? act.request.form, headersOf(act));
}

function headersOf({ reference, header, key, times }: Act): Record<string, string> {
  switch (header) {
    case "own":
      return { "idempotency-key": `program-${reference}` };
    case "run":
      return { "x-agent-run-id": "run-1" };
    case "none":
      return {};
    case "fresh": {
      // By `dedupe: "key"` another key is another act, whatever it looks like.
      const attempt = KEYS[key]?.policy.dedupe === "key" ? 1 : times;
      const hex = createHash("sha256").update(`${reference} ${attempt}`).digest("hex");
      const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`];
      return { "idempotency-key": `${parts.join("-")}-${hex.slice(20, 32)}` };
    }
  }
}

function note(played: Played, act: Act, answer: HttpAnswer): void {
  const code: unknown = answer.body?.error?.code ?? answer.body?.error?.type;
  act.open = answer.status >= 500 || code === "outcome_unknown" || code === "outcome_unresolved";
  act.declined ||= answer.status === 402;
  act.answered ||= answer.status === 200;
  played.heard.push({ act, answer });
  const said = answer.status < 300 ? String(answer.status) : `${answer.status} ${code}`;
  tally(played.answers, `${act.request.operation} ${said}`);
}

/** The rows say whose what is; that it is all there is, and no more, Stripe's books say. */
export async function reconcile({ scene, events, found }: Played): Promise<void> {
  const { status, body } = await scene.admin("/reconcile", {});
  if (status !== 200) throw new Error(`the reconciler answered ${status}`);
  const unknown = new Set<string>();
  for (const { call_id, state, outcome } of body.data) {
    tally(events, `${state} call: ${outcome}`);
    if (state === "unknown") unknown.add(call_id);
  }
  if (unknown.size === 0) return;
  for (const row of await scene.stack.auditRows()) {
    const { call_id, object_id, usd_cents, vault_key_id, state } = row;
    const isFound = unknown.has(call_id) && (state === "posted" || state === "awaiting");
    if (!isFound || object_id === null) continue;
    const key = scene.keyIds.indexOf(vault_key_id ?? "");
    found.push({ root: object_id, key, micros: Math.round(usd_cents * 10_000) });
  }
}

async function pay(played: Played, step: Extract<Step, { step: "payer" }>): Promise<void> {
  const { scene, objects } = played;
  const payment_method = step.declined ? "pm_card_visa_chargeDeclined" : "pm_card_visa";
  const places = {
    intent: mostly(step.nth, objects.unpaidIntents, objects.intents),
    invoice: mostly(step.nth, objects.openInvoices, objects.invoices),
    page: objects.pages,
    link: objects.links,
  };
  const id = about(places[step.pays], step.nth, (found) => found);
  if (id === null) return;
  let what = id;
  if (step.pays === "intent") {
    const { body } = await scene.direct(`/v1/payment_intents/${id}`);
    what = body.client_secret;
  }
  const { paid } = await scene.stack.control.pay({ what, payment_method });
  tally(played.events, `payer ${paid ? "paid" : "could not pay"}: ${step.pays}`);
}

async function settleProcessing(played: Played, nth: number, outcome: "succeeded" | "failed"): Promise<void> {
  const { control } = played.scene.stack;
  const { open } = await control.books();
  const processing = open.filter(({ status }) => status === "processing").map(({ object }) => object);
  await about(processing, nth, async (payment_intent) => {
    await control.settle({ payment_intent, outcome });
    tally(played.events, `bank debit ${outcome}`);
  });
}

async function companyMakes(
  { scene, objects }: Played,
  makes: "subscription" | "link" | "invoice",
  amount: number,
): Promise<void> {
  switch (makes) {
    case "subscription":
      await scene.direct("/v1/subscriptions", {
        customer: "cus_demo_carol",
        "items[0][price]": objects.monthlyPrice,
      });
      return;
    case "link":
      await scene.direct("/v1/payment_links", {
        "line_items[0][price]": objects.price,
        "line_items[0][quantity]": "1",
      });
      return;
    case "invoice": {
      const { body } = await scene.direct("/v1/invoices", { customer: "cus_demo_bob" });
      await scene.direct("/v1/invoiceitems", {
        customer: "cus_demo_bob",
        invoice: body.id,
        amount: String(amount),
        currency: "usd",
      });
    }
  }
}
