import type { MoneyBooks } from "@keybrake/stripe-emulator";
import { type Growth, Peaks } from "./exposure.ts";
import { heardIn } from "./heard.ts";
import { KEYS } from "./keys.ts";
import { passedLimit } from "./limits.ts";
import { type Asker, type Played, playStep, sendAct, tally } from "./play.ts";
import type { Objects } from "./requests.ts";
import { openScene, type Scene } from "./scene.ts";
import { checkSettled, reconcileLate } from "./settled.ts";
import { COMPANY, Stakes } from "./stakes.ts";
import type { Program } from "./steps.ts";

/** What must never be: a stable name, and what was seen. */
export interface Violation {
  readonly kind:
    | "cap_passed"
    | "books_over_cap"
    | "uncounted"
    | "doubled"
    | "simulated_moved"
    | "still_held"
    | "posted_too_much"
    | "posted_too_little";
  readonly what: string;
}

/** What a program showed, and after which of its steps (its length: at the end, once all was settled). */
export interface Report {
  readonly violation: (Violation & { readonly step: number }) | null;
  /** See `Played`. */
  readonly answers: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
}

const DAY_MS = 86_400_000;

/** Who answers for an object, and since when it is there. */
interface Owner {
  readonly key: number | "company";
  readonly at: number;
  readonly reference: string | null;
}

export interface Watched extends Played {
  readonly peaks: Peaks;
  readonly owners: Map<string, Owner>;
  readonly stakes: Stakes;
  /** As they were at the last look. */
  books: MoneyBooks;
}

/** Plays a program from the start, on a proxy and an emulator of its own, and looks at Stripe's books after each step. */
export async function runProgram(program: Program): Promise<Report> {
  await using scene = await openScene();
  const watched: Watched = {
    scene,
    acts: [],
    objects: await openShop(scene),
    answers: new Map(),
    events: new Map(),
    heard: [],
    found: [],
    peaks: new Peaks(),
    owners: new Map(),
    stakes: new Stakes(),
    books: await scene.stack.control.books(),
  };
  const { answers, events } = watched;
  for (const [index, step] of program.entries()) {
    const at = scene.now();
    const { result: asker, between } = await scene.watchWrites(() => playStep(watched, step));
    const violation = await look(watched, asker, at, between);
    if (violation !== null) return { violation: { ...violation, step: index }, answers, events };
  }
  const violation = (await settle(watched)) ?? (await checkSettled(watched));
  return {
    violation: violation === null ? null : { ...violation, step: program.length },
    answers,
    events,
  };
}

/** The reconciler settles what it can, and executes nothing; then what is left is asked again by whose it is. */
async function settle(watched: Watched): Promise<Violation | null> {
  await reconcileLate(watched);
  let violation = await look(watched, "nobody", watched.scene.now());
  for (const act of watched.acts.filter(({ open }) => open)) {
    if (violation !== null) break;
    const at = watched.scene.now();
    await sendAct(watched, act, act.key, "fair");
    violation = await look(watched, [act.key], at);
  }
  return violation;
}

/** What must hold after every step; null when it does, else what does not. */
async function look(
  watched: Watched,
  asker: Asker,
  at: number,
  between: readonly MoneyBooks[] = [],
): Promise<Violation | null> {
  const { scene, peaks, stakes } = watched;
  const before = watched.books;
  // After the one write of a step nothing else happened.
  const [only, ...others] = between;
  watched.books = only !== undefined && others.length === 0 ? only : await scene.stack.control.books();
  const now = scene.now();
  for (const growth of [...new Set([...between, watched.books])].flatMap((seen) => peaks.look(seen, now))) {
    const violation = await attribute(watched, growth, asker, at);
    if (violation !== null) return violation;
  }
  hear(watched, before, at);
  watched.objects = objectsOf(watched.objects, watched.books, peaks);
  const passed = passedLimit(
    stakes.commitments((root) => peaks.standing(root)),
    scene.now(),
  );
  if (passed !== null) return { kind: "cap_passed", what: passed };
  return isKeys(asker) ? overBooked(scene) : null;
}

/** Notes whose it is that more is at stake; says what must not be. */
async function attribute(
  watched: Watched,
  growth: Growth,
  asker: Asker,
  at: number,
): Promise<Violation | null> {
  const { root, micros, total, isNew } = growth;
  if (isNew) {
    const doubled = await meet(watched, growth, asker, at);
    if (doubled !== null) return doubled;
  }
  const owner = watched.owners.get(root);
  if (owner?.key === "company" && !isKeys(asker)) {
    watched.stakes.grow(root, { key: COMPANY, at, micros: total });
    return null;
  }
  const key = isKeys(asker) && new Set(asker).size === 1 ? asker[0] : owner?.key;
  const grown = `${root} grew by ${micros} micros`;
  if (typeof key !== "number") return { kind: "uncounted", what: `${grown}, and is nobody's` };
  if (!isNew && !isKeys(asker)) return { kind: "uncounted", what: `${grown} without a call` };
  if (KEYS[key]?.policy.simulate === true) return { kind: "simulated_moved", what: grown };
  watched.stakes.grow(root, { key, at, micros: total });
  return null;
}

/** Who has heard first of what is at stake answers for it. */
function hear(
  { heard, found, owners, peaks, stakes, events }: Watched,
  before: MoneyBooks,
  at: number,
): void {
  for (const { act, answer } of heard.splice(0)) {
    const { operation, makes } = act.request;
    // What is made up is no answer of Stripe's.
    if (KEYS[act.key]?.policy.simulate === true) continue;
    const said = heardIn(act.request, answer, before);
    if (said === null) continue;
    const { root, micros } = said;
    const owner = owners.get(root);
    const key = makes ? owner?.key : act.key;
    if (typeof key === "number") {
      if (peaks.micros.has(root)) stakes.hear(root, key, at, micros);
      else if (root.startsWith("pi_")) stakes.hearOfPart(root, { key, at, micros });
    }
    const isLate = owner !== undefined && at - owner.at > DAY_MS;
    if (operation === "paymentIntents.confirm" && isLate) tally(events, "intent confirmed days later");
  }
  for (const { root, key, micros } of found.splice(0)) {
    if (peaks.micros.has(root)) stakes.credit(root, key, at, micros);
    else if (root.startsWith("pi_")) stakes.hearOfPart(root, { key, at, micros });
  }
}

function isKeys(asker: Asker): asker is readonly number[] {
  return typeof asker !== "string";
}

/**
 * Notes whose a new object is. One act makes one object, within the day for which every policy promises it, unless it
 * was declined and tried again, or was over when it was asked for again.
 */
async function meet(watched: Watched, { root }: Growth, asker: Asker, at: number): Promise<Violation | null> {
  const { owners, scene } = watched;
  if (asker === "company" || asker === "nobody") {
    owners.set(root, { key: "company", at, reference: null });
    return null;
  }
  const { body } = await scene.direct(`/v1/${COLLECTIONS[root.slice(0, root.indexOf("_"))]}/${root}`);
  const reference: string | null = body?.metadata?.reference ?? null;
  const stamped = scene.keyIds.indexOf(body?.metadata?.keybrake_key);
  const act = watched.acts.find((candidate) => candidate.reference === reference);
  const key = stamped >= 0 ? stamped : (act?.key ?? "company");
  const kind = root.slice(0, root.indexOf("_"));
  for (const [other, owner] of owners) {
    const isSame = reference !== null && owner.reference === reference && other.startsWith(kind);
    if (isSame && act?.declined !== true && act?.wasOver !== true && at - owner.at < DAY_MS) {
      return { kind: "doubled", what: `${reference} made ${other} and ${root}` };
    }
  }
  owners.set(root, { key, at, reference });
  return null;
}

const COLLECTIONS: Readonly<Record<string, string>> = {
  ch: "charges",
  pi: "payment_intents",
  re: "refunds",
  in: "invoices",
  cs: "checkout/sessions",
  plink: "payment_links",
  sub: "subscriptions",
};

/** The proxy's own view: spent and held of every budget within its cap. */
async function overBooked(scene: Scene): Promise<Violation | null> {
  const { body } = await scene.admin("/budgets");
  for (const { name, usd_cap, spent, held } of body.data) {
    const micros = Math.round(spent * 1e6) + Math.round(held * 1e6);
    if (micros > Math.round(usd_cap * 1e6)) {
      const what = `${name} has ${spent} spent and ${held} held, and its cap is ${usd_cap}`;
      return { kind: "books_over_cap", what };
    }
  }
  return null;
}

async function openShop(scene: Scene): Promise<Objects> {
  const { body: product } = await scene.direct("/v1/products", { name: "Everything" });
  const price = async (recurring: Record<string, string>): Promise<string> => {
    const form = { product: product.id, currency: "usd", unit_amount: "900", ...recurring };
    return (await scene.direct("/v1/prices", form)).body.id;
  };
  return {
    charges: [],
    intents: [],
    invoices: [],
    pages: [],
    links: [],
    unpaidIntents: [],
    authorisedIntents: [],
    drafts: [],
    openInvoices: [],
    price: await price({}),
    monthlyPrice: await price({ "recurring[interval]": "month" }),
  };
}

/** What an agent would find in Stripe's lists now; what is found stays, so that it keeps its number. */
function objectsOf(before: Objects, books: MoneyBooks, peaks: Peaks): Objects {
  const seen = [
    ...books.moved.flatMap(({ object, because_of }) => [object, ...because_of]),
    ...books.open.flatMap(({ object, because_of }) => [object, ...because_of]),
    ...peaks.micros.keys(),
  ];
  const grown = (known: readonly string[], prefix: string): readonly string[] => [
    ...new Set([...known, ...seen.filter((id) => id.startsWith(prefix))]),
  ];
  const open = (kind: string, is: (status: string | null) => boolean): readonly string[] =>
    books.open.filter((one) => one.kind === kind && is(one.status)).map(({ object }) => object);
  return {
    ...before,
    unpaidIntents: open("payment_intent", (status) => status !== "requires_capture"),
    authorisedIntents: open("payment_intent", (status) => status === "requires_capture"),
    drafts: open("invoice", (status) => status === "draft"),
    openInvoices: open("invoice", (status) => status === "open"),
    charges: grown(before.charges, "ch_"),
    intents: grown(before.intents, "pi_"),
    invoices: grown(before.invoices, "in_"),
    pages: grown(before.pages, "cs_"),
    links: grown(before.links, "plink_"),
  };
}
