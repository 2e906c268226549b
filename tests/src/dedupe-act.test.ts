import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/** Done when: with `dedupe: "act"` unchanged Stripe code that charges twice makes one charge. */
describe('a key with dedupe: "act"', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const june = { amount: 2900, currency: "usd", source: "tok_visa" };

  test("two calls with two made-up keys make one charge", async () => {
    await stack.control.reset();
    const key = await stack.issue({ role: "billing", daily_usd_cap: 100, dedupe: "act" });
    const stripe = stack.stripe(key.vault_key);
    const first = await stripe.charges.create({ ...june, description: "June" });
    const second = await stripe.charges.create({ ...june, description: "June" });
    expect(second.id).toBe(first.id);
    expect((await stack.control.summary()).charges.created).toBe(1);
    const [firstKey, secondKey] = (await stack.auditRows(`&vault_key_id=${key.id}`)).map(
      (row) => row.idempotency_key,
    );
    expect(firstKey).not.toBe(secondKey);
  });

  test("another reference, or another X-Agent-Act, is another act", async () => {
    await stack.control.reset();
    const key = await stack.issue({ role: "billing", daily_usd_cap: 200, dedupe: "act" });
    const stripe = stack.stripe(key.vault_key);
    await stripe.charges.create({ ...june, metadata: { reference: "line-1" } });
    await stripe.charges.create({ ...june, metadata: { reference: "line-2" } });
    await stripe.charges.create({ ...june, metadata: { reference: "line-2" } });
    expect((await stack.control.summary()).charges.created).toBe(2);
    const form = { amount: 2900, currency: "usd", source: "tok_visa" };
    await stack.call(key.vault_key, "POST", "/v1/charges", { form, headers: { "x-agent-act": "one" } });
    await stack.call(key.vault_key, "POST", "/v1/charges", { form, headers: { "x-agent-act": "two" } });
    await stack.call(key.vault_key, "POST", "/v1/charges", { form, headers: { "x-agent-act": "two" } });
    expect((await stack.control.summary()).charges.created).toBe(4);
  });

  test('with dedupe: "key", two calls with two keys are two charges', async () => {
    await stack.control.reset();
    const key = await stack.issue({ role: "billing", daily_usd_cap: 100, dedupe: "key" });
    const stripe = stack.stripe(key.vault_key);
    await stripe.charges.create(june);
    await stripe.charges.create(june);
    expect((await stack.control.summary()).charges.created).toBe(2);
  });

  test("a declined act may be tried again: only success is remembered by act", async () => {
    await stack.control.reset();
    const key = await stack.issue({
      allowed_operations: ["charges.create"],
      daily_usd_cap: 100,
      dedupe: "act",
    });
    const stripe = stack.stripe(key.vault_key);
    const declined = { amount: 500, currency: "usd", source: "tok_chargeDeclined" };
    await expect(stripe.charges.create(declined)).rejects.toMatchObject({ code: "card_declined" });
    await expect(stripe.charges.create(declined)).rejects.toMatchObject({ code: "card_declined" });
    const { data: requests } = await stack.control.requests();
    expect(requests.filter((request) => request.operation === "charges.create")).toHaveLength(2);
  });
});
