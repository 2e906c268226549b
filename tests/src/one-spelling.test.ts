import { createRun, createToolset } from "@keybrake/core";
import { describe, expect, test } from "vitest";
import { startStack } from "./stack.ts";

const june = {
  customer_id: "cus_demo_alice",
  amount_cents: 2900,
  currency: null,
  description: null,
  billing_period: "2026-06",
  reference: null,
};

/** Before: June was charged, and then a payment intent was made for it. */
describe("charging by one tool and again by the other, in one run", () => {
  test.each([
    ["create_charge", "create_payment_intent"],
    ["create_payment_intent", "create_charge"],
  ] as const)("%s, then %s: the second is answered with the first, and says so", async (one, other) => {
    await using stack = await startStack();
    const { vault_key } = await stack.issue();
    const run = createRun();
    const { tools } = createToolset("billing", { vaultKey: vault_key, proxyUrl: stack.url, run });
    const use = (name: string, input: object) => tools.find((tool) => tool.name === name)?.execute(input);
    const first = await use(one, june);
    expect(first).toMatchObject({ ok: true, replayed: false });
    if (first?.ok !== true) throw new Error("the first was refused");
    const second = await use(other, { ...june, description: "June, again" });
    expect(second).toMatchObject({ ok: true, replayed: true, id: first.id, operation: first.operation });
    expect(second?.message).toContain(`The same act had been carried out as ${first.operation}`);
    expect(run.writes).toBe(1);
    const third = await use(other, { ...june, reference: "line-2" });
    expect(third).toMatchObject({ ok: true, replayed: false });
    expect(await use(one, june)).toMatchObject({ ok: true, replayed: true, id: first.id });
  });
});
