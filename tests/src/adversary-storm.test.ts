import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CallAnswer, charge, type IssuedKey, type Stack, startStack } from "./stack.ts";

/** The same numbers for the same seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * Many agents on one shared budget, while Stripe drops, delays and refuses at random, repeat each other's
 * acts in other words. When the weather clears, Stripe's books and ours must be the same, to the cent.
 */
describe("a storm", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test.each([1, 2, 3])(
    "seed %i: one act, one charge; no hold is left; the cap holds at every moment",
    async (seed) => {
      const next = seeded(seed);
      await stack.control.reset();
      await stack.control.clearFaults();
      const budget = `storm-${seed}`;
      const capUsd = 40;
      await stack.admin("/budgets", { method: "POST", body: { name: budget, daily_usd_cap: capUsd } });
      const keys: IssuedKey[] = await Promise.all(
        Array.from({ length: 4 }, () => stack.issue({ role: "billing", budget, daily_usd_cap: 25 })),
      );
      for (const [index, kind] of (
        ["drop_after", "drop_before", "rate_limit", "unavailable"] as const
      ).entries()) {
        await stack.control.addFault({
          operation: "charges.create",
          kind,
          probability: 0.15,
          seed: seed * 10 + index,
        });
      }
      await stack.control.addFault({
        operation: "charges.create",
        kind: "delay",
        delay_ms: 5,
        probability: 0.3,
        seed,
      });

      const acts = Array.from({ length: 30 }, (_, index) => ({
        headers: { "idempotency-key": `storm-${seed}-${index}` },
        form: { amount: 50 + next(300), source: next(6) === 0 ? "tok_chargeDeclined" : "tok_visa" },
      }));
      const send = (act: (typeof acts)[number], key: IssuedKey): Promise<CallAnswer> =>
        charge(
          stack,
          key.vault_key,
          { ...act.form, description: `said in other words ${next(1000)}` },
          act.headers,
        );
      const pick = <T>(items: readonly T[]): T => items[next(items.length)] as T;
      const overruns: unknown[] = [];
      let watching = true;
      const watch = (async () => {
        while (watching) {
          const { spent, held } = (await stack.admin(`/budgets`)).body.data.find(
            (found: { name: string }) => found.name === budget,
          );
          if (Math.round((spent + held) * 100) > capUsd * 100) overruns.push({ spent, held });
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
      })();
      for (let round = 0; round < 8; round += 1) {
        await Promise.all(Array.from({ length: 25 }, () => send(pick(acts), pick(keys))));
      }
      await stack.control.clearFaults();
      // Everybody asks once more, and whoever began an act settles by that what is unknown of it: from another vault
      // key, the same Idempotency-Key with other words is a mistake.
      for (const act of acts) for (const key of keys) await send(act, key);
      watching = false;
      await watch;
      expect(overruns).toEqual([]);

      const summary = await stack.control.summary();
      const { data } = await stack.control.requests();
      const executed = new Map<string, number>();
      for (const { operation, status, replayed, idempotency_key: key } of data) {
        if (operation !== "charges.create" || replayed || status === null || status >= 400) continue;
        executed.set(key ?? "", (executed.get(key ?? "") ?? 0) + 1);
      }
      expect([...executed.values()].filter((times) => times > 1)).toEqual([]);
      const books = (await stack.admin("/budgets")).body.data.find(
        (found: { name: string }) => found.name === budget,
      );
      expect(Math.round(books.spent * 100)).toBe(summary.currencies.usd?.charged ?? 0);
      expect(books.held).toBe(0);
      expect((await stack.ledger.verify(Date.now())).problems).toEqual([]);
      // Something did happen, and something was refused.
      expect(summary.charges.succeeded).toBeGreaterThan(5);
    },
  );

  test("a revocation that has returned is obeyed in the middle of a storm", async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    await stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 20 });
    const key = await stack.issue({ role: "billing", daily_usd_cap: 1000 });
    let revoked = false;
    const late: CallAnswer[] = [];
    const agents = Array.from({ length: 20 }, async () => {
      for (let call = 0; call < 8; call += 1) {
        const startedAfter = revoked;
        const answer = await charge(stack, key.vault_key);
        if (startedAfter) late.push(answer);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    revoked = true;
    await Promise.all(agents);
    expect(late.length).toBeGreaterThan(20);
    expect(new Set(late.map((answer) => answer.body.error?.code))).toEqual(new Set(["vault_key_revoked"]));
    const { spent, held } = (await stack.admin(`/vault-keys/${key.id}`)).body;
    expect({ spent, held }).toEqual({ spent: (await stack.control.summary()).charges.succeeded, held: 0 });
  });
});
