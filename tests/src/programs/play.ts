import { KEYS } from "./keys.ts";
import { about, type CallRequest, type Objects, requestOf } from "./requests.ts";
import type { HttpAnswer, Scene } from "./scene.ts";
import type { AgentCall, Step, Weather } from "./steps.ts";

/** A call that was made: what is sent again, word for word, when it is repeated. */
export interface Act {
  readonly reference: string;
  readonly key: number;
  readonly request: CallRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** Nobody knows what became of it: its last answer said so, or did not come. */
  open: boolean;
  /** By act, a repeat of what was declined is another try, and makes another object. */
  declined: boolean;
}

/** A program as far as it has been played. */
export interface Played {
  readonly scene: Scene;
  readonly acts: Act[];
  objects: Objects;
  /** Status and code of every answer to an agent, with how often it came. */
  readonly answers: Map<string, number>;
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
    case "again":
      return again(played, step.nth, step.key, step.weather);
    case "payer":
      await pay(played, step);
      return "nobody";
    case "bank":
      await settleProcessing(played, step.nth, step.outcome);
      return "nobody";
    case "dispute":
      // Refused by the emulator where a charge cannot be disputed (any more).
      await about(objects.charges, step.nth, (charge) =>
        scene.stack.control.dispute({ charge }).catch(() => null),
      );
      return "nobody";
    case "company":
      await companyMakes(played, step.makes, step.amount);
      return "company";
    case "wait":
      await scene.wait(step.ms);
      return "nobody";
    case "restart":
      await scene.restart();
      return "nobody";
  }
}

async function playCall(played: Played, asked: AgentCall): Promise<number> {
  const reference = `act-${played.acts.length}`;
  const request = requestOf(asked.call, played.objects, reference);
  if (request === null) return asked.key;
  const headers: Record<string, string> =
    asked.header === "own" ? { "idempotency-key": `program-${reference}` } : { "x-agent-run-id": "run-1" };
  const act: Act = { reference, key: asked.key, request, headers, open: true, declined: false };
  played.acts.push(act);
  await sendAct(played, act, act.key, asked.weather);
  return asked.key;
}

/** Keys whose claims are one: with a header of the caller's choice, and without `dedupe: "act"`. */
function sharesClaims(key: number): boolean {
  const policy = KEYS[key]?.policy;
  return policy?.dedupe === undefined && policy?.simulate === undefined;
}

/** Another key may repeat what makes an object, when both claim by the header. */
async function again(
  played: Played,
  nth: number,
  otherKey: number | null,
  weather: Weather,
): Promise<readonly number[]> {
  const act = played.acts[nth % Math.max(1, played.acts.length)];
  if (act === undefined) return [];
  const isShared = act.request.makes && "idempotency-key" in act.headers && sharesClaims(act.key);
  const key = otherKey !== null && isShared && sharesClaims(otherKey) ? otherKey : act.key;
  await sendAct(played, act, key, weather);
  return key === act.key ? [key] : [act.key, key];
}

/** Sends an act, for the first time or again. */
export async function sendAct(played: Played, act: Act, key: number, weather: Weather): Promise<HttpAnswer> {
  const { scene } = played;
  const { path, form, operation } = act.request;
  if (weather !== "fair") await scene.setWeather(weather, operation);
  const answer = await scene.call(key, path, form, act.headers);
  if (weather !== "fair") await scene.clearWeather();
  const code: unknown = answer.body?.error?.code ?? answer.body?.error?.type;
  act.open = answer.status >= 500 || code === "outcome_unknown" || code === "outcome_unresolved";
  act.declined ||= answer.status === 402;
  const said = answer.status < 300 ? String(answer.status) : `${answer.status} ${code}`;
  const kind = `${operation} ${said}`;
  played.answers.set(kind, (played.answers.get(kind) ?? 0) + 1);
  return answer;
}

async function pay(played: Played, step: Extract<Step, { step: "payer" }>): Promise<void> {
  const { scene, objects } = played;
  const payment_method = step.declined ? "pm_card_visa_chargeDeclined" : "pm_card_visa";
  const places = {
    intent: objects.intents,
    invoice: objects.invoices,
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
  await scene.stack.control.pay({ what, payment_method });
}

async function settleProcessing(played: Played, nth: number, outcome: "succeeded" | "failed"): Promise<void> {
  const { control } = played.scene.stack;
  const { open } = await control.books();
  const processing = open.filter(({ status }) => status === "processing").map(({ object }) => object);
  await about(processing, nth, (payment_intent) => control.settle({ payment_intent, outcome }));
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
