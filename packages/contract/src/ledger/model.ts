import { DAILY_WINDOW_MS, type NewVaultKey } from "@keybrake/ledger";
import fc from "fast-check";
import { expect } from "vitest";
import {
  ANSWER,
  admission,
  claim,
  counted,
  daily,
  START,
  settlement,
  sharedBudget,
  vaultKey,
} from "./fixtures.ts";
import { applyHalt, callerOf, type HaltStep, haltSteps, liftAll } from "./model-halts.ts";
import type { Books, Section } from "./section.ts";
import { type SimpleBook, type SimpleEnd, SimpleLedger } from "./simple-ledger.ts";

/** One step of a history; the clock moves by `elapsedMs` first, backwards too. */
type Step = HaltStep | ({ readonly elapsedMs: number } & BooksStep);

type BooksStep =
  | {
      readonly do: "admit";
      readonly key: number;
      readonly micros: number;
      readonly act: number;
      readonly digest: number;
      /** The object whose total it sets to `micros` more or less; 0: none. */
      readonly object: number;
      readonly agent: number;
      readonly secret: number;
    }
  | {
      readonly do: "settle";
      readonly pick: number;
      readonly state: "posted" | "voided" | "unknown" | "awaiting";
      readonly part: number;
      readonly answers: boolean;
      readonly refused: boolean;
      /** What an object that it makes is called. */
      readonly object: number;
      /** Whether the answer shows a total, as of one that the vendor replayed. */
      readonly isTotal: boolean;
    }
  | { readonly do: "cap"; readonly budget: number; readonly micros: number }
  | { readonly do: "crash" };

/** Histories are numbered downwards from here, all with four digits: the budgets of the newest are listed first. */
const HISTORIES = 9999;

/** As many as `keysOf` makes. */
const KEYS = 8;

const elapsedMs = fc.constantFrom(
  ...[0, 0, 0, 1, 20_000, 59_999, 60_000, -1, -90_000],
  ...[DAILY_WINDOW_MS / 3, DAILY_WINDOW_MS - 1, DAILY_WINDOW_MS, -DAILY_WINDOW_MS],
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 36,
    arbitrary: fc.record({
      do: fc.constant("admit" as const),
      elapsedMs,
      key: fc.nat(KEYS - 1),
      micros: fc.constantFrom(0, 1, 40, 60, 100),
      // 0: no claim. Few acts, so that most are met again.
      act: fc.nat(12),
      digest: fc.constantFrom(0, 0, 0, 0, 1),
      object: fc.constantFrom(0, 0, 1, 2),
      agent: fc.nat(2),
      secret: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 2),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      elapsedMs,
      pick: fc.nat(100),
      state: fc.constantFrom<SimpleEnd["state"]>("posted", "posted", "voided", "unknown", "awaiting"),
      part: fc.constantFrom(1, 1, 0.5, 0, 1.5),
      answers: fc.boolean(),
      refused: fc.constantFrom(false, false, true),
      object: fc.constantFrom(0, 0, 1, 2),
      isTotal: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("cap" as const),
      elapsedMs,
      budget: fc.nat(2),
      micros: fc.constantFrom(0, 150, 400),
    }),
  },
  ...haltSteps(elapsedMs, KEYS),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), elapsedMs }) },
);

export const modelSection: Section = (test) => {
  // Every history starts on keys and a budget of its own, in the same books: one store serves them all.
  test("books and model agree after every step of any history", async (books) => {
    let history = 0;
    const alarmed = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
        await play(books, steps, `h${HISTORIES - history++}`, alarmed);
      }),
      { numRuns: books.histories },
    );
    // What moved without a hold may pass a cap. It must have been met.
    expect(alarmed.size).toBeGreaterThan(0);
  });
};

/**
 * Plays one history against the ledger and the model, and compares them after every step. `alarmed` gathers the
 * budgets in which more moved than was held.
 */
async function play(
  books: Books,
  steps: readonly Step[],
  prefix: string,
  alarmed: Set<string>,
): Promise<void> {
  // Ledger time does not run backwards, so each history starts after all others.
  let clock = startOf(prefix);
  const model = new SimpleLedger(keysOf(prefix, clock), [
    sharedBudget(`${prefix} company`, { capMicros: 400 }),
    sharedBudget(`${prefix} team`, {
      capMicros: 300,
      windowMs: DAILY_WINDOW_MS / 3,
      parent: `${prefix} company`,
    }),
    sharedBudget(`${prefix} project`, { capMicros: 350, windowMs: null, parent: `${prefix} company` }),
  ]);
  model.see(clock);
  await Promise.all([
    ...model.budgets.map((budget) => books.ledger.createBudget(budget)),
    ...model.keys.map((key) => books.ledger.createVaultKey(key)),
    books.ledger.updateBudget(`${prefix} company`, 400, clock),
  ]);
  for (const [index, current] of steps.entries()) {
    clock += current.elapsedMs;
    await apply({ books, model, prefix }, current, clock, index);
    for (const call of model.calls) {
      if (call.overHoldMicros > 0) for (const budget of model.budgetsOf(call.vaultKeyId)) alarmed.add(budget);
    }
    await compare(books, model, alarmed);
  }
  await liftAll({ ledger: books.ledger, model, prefix });
}

/** Every kind of key: own and shared budgets, windows and lifetimes, limits, and one that only plays. */
function keysOf(prefix: string, createdAt: number): NewVaultKey[] {
  const [team, project] = [`${prefix} team`, `${prefix} project`];
  const kinds: Record<string, Partial<NewVaultKey>> = {
    own: { ownBudget: daily(250) },
    both: { ownBudget: daily(150), budgets: [team] },
    "shared only": { ownBudget: daily(null), budgets: [team], maxCalls: 4 },
    rate: { ownBudget: daily(300), budgets: [team, project], ratePerMinute: 2 },
    "read-only": { ownBudget: daily(0), budgets: [team] },
    lifetime: { ownBudget: { capMicros: 250, windowMs: null }, budgets: [project] },
    pretend: { ownBudget: daily(200), budgets: [team], simulate: true },
    "pretend too": { ownBudget: daily(null), budgets: [project, team], simulate: true },
  };
  const expiresAt = createdAt + 4 * DAILY_WINDOW_MS;
  return Object.entries(kinds).map(([name, kind]) =>
    vaultKey(`${prefix} ${name}`, { createdAt, expiresAt, ...kind }),
  );
}

interface Play {
  readonly books: Books;
  readonly model: SimpleLedger;
  readonly prefix: string;
}

async function apply({ books, model, prefix }: Play, step: Step, at: number, index: number): Promise<void> {
  const { ledger } = books;
  switch (step.do) {
    case "admit": {
      const { id: vaultKeyId = "", simulate = false } = model.keys[step.key] ?? {};
      const claimKey = step.act === 0 ? null : `${prefix} act ${step.act}`;
      const actDigest = `digest ${step.digest}`;
      const objectId = step.object === 0 ? null : `${prefix} object ${step.object}`;
      // As a price is made: what the object comes to, less what was counted for it.
      const counted = objectId === null ? 0 : model.countedMicros(objectId, simulate);
      const usdMicros = Math.max(0, (objectId === null ? 1 : 2) * step.micros - counted);
      const { keyHash, ...caller } = callerOf({ model, prefix }, vaultKeyId, step);
      const call = { callId: `${prefix} call ${index}`, at, vaultKeyId, usdMicros };
      const repeats = claimKey === null ? null : (model.claimed(claimKey, simulate)?.callId ?? null);
      const asked = claimKey === null ? null : claim(claimKey, { actDigest });
      const request = { claim: asked, repeats, objectId, keyHash };
      const answer = await ledger.admit(admission(call.callId, { ...call, ...caller, simulate }, request));
      const expected = model.admit({
        ...call,
        caller: { ...caller, keyHash },
        claimKey,
        actDigest,
        objectId,
      });
      expect(answer.kind === "refused" ? answer.code : answer.kind).toBe(expected);
      return;
    }
    case "settle":
      return settle({ books, model, prefix }, step, at);
    case "cap": {
      const changed = model.budgets[step.budget]?.name ?? "";
      await ledger.updateBudget(changed, step.micros, at);
      model.see(at);
      model.budgets = model.budgets.map((budget) =>
        budget.name === changed ? { ...budget, capMicros: step.micros } : budget,
      );
      return;
    }
    case "crash":
      await books.crash();
      model.crash();
      return;
    default:
      return applyHalt({ ledger, model, prefix }, step, at, index);
  }
}

async function settle(
  { books, model, prefix }: Play,
  step: Extract<Step, { readonly do: "settle" }>,
  at: number,
): Promise<void> {
  const pending = model.calls.filter(({ state }) => ["held", "unknown", "awaiting"].includes(state));
  const call = pending[step.pick % Math.max(1, pending.length)];
  const { state } = step;
  // Nobody forgets what they were told.
  if (call === undefined || (call.state === "awaiting" && state === "unknown")) return;
  const objectId = call.objectId ?? `${prefix} object ${step.object}`;
  const isTotal = state === "posted" && (call.objectId !== null || step.isTotal || step.refused);
  const simulate = model.key(call.vaultKeyId).simulate ?? false;
  const usdMicros =
    Math.floor(call.micros * step.part) + (isTotal ? model.countedMicros(objectId, simulate) : 0);
  const refused = state !== "unknown" && step.refused;
  const answer = step.answers && state !== "unknown" ? ANSWER : null;
  const totalOf = isTotal ? counted(objectId, { simulate }) : null;
  const status = refused ? 402 : 200;
  const end = { at, state, usdMicros, totalOf, refused, status, objectId, answer };
  const { overHoldMicros } = await books.ledger.settle(settlement(call.callId, end));
  model.settle(call, at, { ...end, micros: usdMicros, isTotal, hasAnswer: answer !== null });
  expect(overHoldMicros).toBe(call.overHoldMicros);
}

async function compare({ ledger }: Books, model: SimpleLedger, alarmed: ReadonlySet<string>): Promise<void> {
  const used = await Promise.all(model.keys.map(({ id }) => ledger.getVaultKey(id, 0)));
  for (const [index, { id, simulate }] of model.keys.entries()) {
    const own = { budget: id, simulate };
    expect(used[index]).toMatchObject({
      spentMicros: model.spentMicros(own),
      heldMicros: model.heldMicros(own),
      remainingMicros: leastOf(model, model.booksOf(id)),
      calls: model.calls.filter((call) => call.vaultKeyId === id && !call.isReplay).length,
    });
  }
  const listed = await ledger.listBudgets({ limit: model.budgets.length }, 0);
  for (const { name, capMicros } of model.budgets) {
    const book = { budget: name, simulate: false };
    const line = model.lineOf(name).map((budget) => ({ budget, simulate: false }));
    expect(listed.data.find((budget) => budget.name === name)).toMatchObject({
      capMicros,
      spentMicros: model.spentMicros(book),
      heldMicros: model.heldMicros(book),
      remainingMicros: leastOf(model, line),
    });
  }
  // The invariant itself: never more than the cap was when the last hold was granted, but for what alarmed.
  for (const { book, capMicros } of model.grantedCaps.values()) {
    const used = model.heldMicros(book) + model.spentMicros(book);
    expect(used - model.overHoldMicros(book)).toBeLessThanOrEqual(capMicros);
  }
  const { problems } = await ledger.verify(0);
  expect(problems.filter((problem) => !isOverrunOf(problem, alarmed))).toEqual([]);
}

/** Whether it says no more than that one of these budgets has passed its cap. */
function isOverrunOf(problem: string, budgets: ReadonlySet<string>): boolean {
  const [, ofKey, shared] =
    /^The budget (?:of vault key (.*?)|"(.*?)")(?:, for simulate keys,)? has used /.exec(problem) ?? [];
  return budgets.has(ofKey ?? shared ?? "");
}

function leastOf(model: SimpleLedger, books: readonly SimpleBook[]): number {
  return Math.min(...books.map((book) => model.remainingMicros(book) ?? Number.POSITIVE_INFINITY));
}

/** Far enough apart that no history reaches the next. */
function startOf(prefix: string): number {
  return START + (HISTORIES - Number(prefix.slice(1))) * 1000 * DAILY_WINDOW_MS;
}
