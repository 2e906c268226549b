import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/** Done when: 200 concurrent $1 charges against $100 make exactly 100, twenty times over. */
describe("the cap under concurrency", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test.each(Array.from({ length: 20 }, (_, round) => round))(
    "round %i: exactly 100 of 200 succeed",
    async () => {
      await stack.control.reset();
      const key = await stack.issue({ role: "billing", daily_usd_cap: 100 });
      const answers = await Promise.all(Array.from({ length: 200 }, () => charge(stack, key.vault_key)));
      const succeeded = answers.filter((answer) => answer.status === 200);
      const refused = answers.filter((answer) => answer.status === 429);
      expect(succeeded).toHaveLength(100);
      expect(refused).toHaveLength(100);
      expect(new Set(refused.map((answer) => answer.body.error.code))).toEqual(
        new Set(["spend_cap_exceeded"]),
      );
      expect(new Set(succeeded.map((answer) => answer.body.id)).size).toBe(100);
      const summary = await stack.control.summary();
      expect(summary.charges).toMatchObject({ created: 100, succeeded: 100 });
      expect(summary.currencies.usd).toMatchObject({ charged: 10_000, captured: 10_000 });
      const { body } = await stack.admin(`/vault-keys/${key.id}`);
      expect(body).toMatchObject({ spent: 100, held: 0, remaining: 0 });
      expect(await stack.auditRows(`&vault_key_id=${key.id}`)).toHaveLength(200);
    },
  );

  test("a shared budget bounds the sum of a hundred conversation keys", async () => {
    await stack.control.reset();
    await stack.admin("/budgets", { method: "POST", body: { name: "team-billing", daily_usd_cap: 50 } });
    const keys = await Promise.all(
      Array.from({ length: 100 }, () =>
        stack.issue({ role: "billing", daily_usd_cap: 10, budget: "team-billing" }),
      ),
    );
    const answers = await Promise.all(
      keys.flatMap((key) => [charge(stack, key.vault_key), charge(stack, key.vault_key)]),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(50);
    const { body } = await stack.admin("/budgets");
    expect(body.data).toEqual([
      expect.objectContaining({ name: "team-billing", spent: 50, held: 0, remaining: 0 }),
    ]);
  });

  test("200 concurrent requests with one Idempotency-Key: one object, 200 equal answers", async () => {
    await stack.control.reset();
    const key = await stack.issue();
    const headers = { "idempotency-key": "the-same-for-all" };
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => charge(stack, key.vault_key, {}, headers)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get("idempotent-replayed") === "true")).toHaveLength(
      199,
    );
    expect((await stack.control.summary()).charges.created).toBe(1);
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 1, held: 0 });
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(rows).toHaveLength(200);
    expect(rows.filter((row) => row.decision === "allowed")).toHaveLength(1);
  });
});
