import { BUDGET_WINDOW_MS } from "@keybrake/ledger";
import fc from "fast-check";
import { expect } from "vitest";
import { ANSWER, admission, claim, START, settlement, vaultKey } from "./fixtures.ts";
import type { Books, Section } from "./section.ts";
import { SimpleLedger } from "./simple-ledger.ts";

/** One step of a history; the clock moves by `elapsedMs` first, backwards too. */
type Step = { readonly elapsedMs: number } & (
  | {
      readonly do: "admit";
      readonly key: number;
      readonly cents: number;
      readonly act: number;
      readonly digest: number;
    }
  | {
      readonly do: "settle";
      readonly pick: number;
      readonly state: "posted" | "voided" | "unknown";
      readonly part: number;
      readonly answers: boolean;
    }
  | { readonly do: "cap"; readonly cents: number }
  | { readonly do: "revoke"; readonly key: number }
  | { readonly do: "crash" }
);

const elapsedMs = fc.constantFrom(
  ...[0, 0, 0, 1, 20_000, 59_999, 60_000, -1, -90_000],
  ...[BUDGET_WINDOW_MS / 3, BUDGET_WINDOW_MS - 1, BUDGET_WINDOW_MS, -BUDGET_WINDOW_MS],
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 36,
    arbitrary: fc.record({
      do: fc.constant("admit" as const),
      elapsedMs,
      key: fc.nat(4),
      cents: fc.constantFrom(0, 1, 40, 60, 100),
      // 0: no claim. Few acts, so that most are met again.
      act: fc.nat(12),
      digest: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  },
  {
    weight: 30,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      elapsedMs,
      pick: fc.nat(100),
      state: fc.constantFrom("posted" as const, "posted" as const, "voided" as const, "unknown" as const),
      part: fc.constantFrom(1, 1, 0.5, 0),
      answers: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("cap" as const), elapsedMs, cents: fc.constantFrom(0, 150, 400) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("revoke" as const), elapsedMs, key: fc.nat(4) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), elapsedMs }) },
);

export const modelSection: Section = (test) => {
  // Every history starts on keys and a budget of its own, in the same books: one store serves them all.
  test("books and model agree after every step of any history", async (books) => {
    let history = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 50 }), async (steps) => {
        await play(books, steps, `h${history++}`);
      }),
      { numRuns: 50 },
    );
    expect((await books.ledger.verify(0)).problems).toEqual([]);
  });
};

/** Plays one history against the ledger and the model, and compares them after every step. */
async function play(books: Books, steps: readonly Step[], prefix: string): Promise<void> {
  const shared = `${prefix} shared`;
  // Ledger time does not run backwards, so each history starts after all others.
  let clock = startOf(prefix);
  const budgeted = { budget: shared, createdAt: clock, expiresAt: clock + 4 * BUDGET_WINDOW_MS };
  const keys = [
    vaultKey(`${prefix} own`, { ...budgeted, budget: null, dailyCapCents: 250 }),
    vaultKey(`${prefix} both`, { ...budgeted, dailyCapCents: 150 }),
    vaultKey(`${prefix} shared only`, { ...budgeted, dailyCapCents: null, maxCalls: 4 }),
    vaultKey(`${prefix} rate`, { ...budgeted, dailyCapCents: 300, ratePerMinute: 2 }),
    vaultKey(`${prefix} read-only`, { ...budgeted, dailyCapCents: 0 }),
  ];
  const model = new SimpleLedger(keys, 400);
  model.see(clock);
  await books.ledger.createBudget({ name: shared, dailyCapCents: 400, createdAt: clock });
  for (const key of keys) await books.ledger.createVaultKey(key);
  await books.ledger.updateBudget(shared, 400, clock);
  for (const [index, current] of steps.entries()) {
    clock += current.elapsedMs;
    await apply({ books, model, shared, prefix }, current, clock, index);
    await compare(books, model, shared);
  }
}

interface Play {
  readonly books: Books;
  readonly model: SimpleLedger;
  readonly shared: string;
  readonly prefix: string;
}

async function apply(
  { books, model, shared, prefix }: Play,
  step: Step,
  at: number,
  index: number,
): Promise<void> {
  const { ledger } = books;
  switch (step.do) {
    case "admit": {
      const vaultKeyId = model.keys[step.key]?.id ?? "";
      const claimKey = step.act === 0 ? null : `${prefix} act ${step.act}`;
      const actDigest = `digest ${step.digest}`;
      const call = { callId: `${prefix} call ${index}`, at, vaultKeyId, usdCents: step.cents };
      const request = { claim: claimKey === null ? null : claim(claimKey, { actDigest }) };
      const answer = await ledger.admit(admission(call.callId, call, request));
      const expected = model.admit({ ...call, claimKey, actDigest });
      expect(answer.kind === "refused" ? answer.code : answer.kind).toBe(expected);
      return;
    }
    case "settle": {
      const pending = model.calls.filter((call) => call.state === "held" || call.state === "unknown");
      const call = pending[step.pick % Math.max(1, pending.length)];
      if (call === undefined) return;
      const usdCents = Math.floor(call.cents * step.part);
      const answer = step.answers && step.state !== "unknown" ? ANSWER : null;
      await ledger.settle(settlement(call.callId, { at, state: step.state, usdCents, answer }));
      model.settle(call, at, step.state, usdCents, answer !== null);
      return;
    }
    case "cap":
      await ledger.updateBudget(shared, step.cents, at);
      model.see(at);
      model.sharedCapCents = step.cents;
      return;
    case "revoke": {
      const id = model.keys[step.key]?.id ?? "";
      await ledger.revokeVaultKey(id, at);
      model.revoked.add(id);
      return;
    }
    case "crash":
      await books.crash();
      model.crash();
  }
}

async function compare({ ledger }: Books, model: SimpleLedger, shared: string): Promise<void> {
  for (const { id } of model.keys) {
    const remaining = model.budgetsOf(id).flatMap((budget) => {
      const cap = model.capCents(budget);
      return cap === null ? [] : [Math.max(0, cap - model.heldCents(budget) - model.spentCents(budget))];
    });
    expect(await ledger.getVaultKey(id, 0)).toMatchObject({
      spentCents: model.spentCents(id),
      heldCents: model.heldCents(id),
      remainingCents: Math.min(...remaining),
      calls: model.calls.filter((call) => call.vaultKeyId === id && !call.isReplay).length,
    });
  }
  const budgets = await ledger.listBudgets({ limit: 1000 }, 0);
  expect(budgets.data.find((budget) => budget.name === shared)).toMatchObject({
    spentCents: model.spentCents("shared"),
    heldCents: model.heldCents("shared"),
  });
  // The invariant itself: never more than the cap was when the last hold was granted.
  for (const [budget, cap] of model.grantedCapCents) {
    expect(model.heldCents(budget) + model.spentCents(budget)).toBeLessThanOrEqual(cap);
  }
  expect((await ledger.verify(0)).problems).toEqual([]);
}

/** Far enough apart that no history reaches the next. */
function startOf(prefix: string): number {
  return START + Number(prefix.slice(1)) * 1000 * BUDGET_WINDOW_MS;
}
