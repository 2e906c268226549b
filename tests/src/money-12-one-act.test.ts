import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: with `dedupe: "act"` a default that was said, an address, the default card's own id, another Unicode form of
 * the reference or a blank behind it made a second charge.
 */
describe("the same act in another form is not carried out twice", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  async function setUp(dedupe: string) {
    const { vault_key } = await stack.issue({
      allowed_operations: ["charges.create", "customers.*"],
      daily_usd_cap: 500,
      dedupe,
    });
    const customer = await stack.call(vault_key, "POST", "/v1/customers", { form: { source: "tok_visa" } });
    const june = {
      amount: "2900",
      currency: "usd",
      customer: customer.body.id,
      "metadata[reference]": "Caf\u00e9",
    };
    const bill = (form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
      stack.call(vault_key, "POST", "/v1/charges", { form: { ...june, ...form }, headers });
    return { card: customer.body.default_source as string, bill };
  }

  const created = async () => (await stack.control.summary()).charges.created;

  test.each(["auto", "act"])("said in another form: the first answer (%s)", async (dedupe) => {
    const { bill } = await setUp(dedupe);
    const first = await bill();
    for (const form of [
      { capture: "true" },
      { "metadata[reference]": "Cafe\u0301" },
      { "metadata[reference]": "Caf\u00e9 " },
      { currency: "USD" },
    ] as Record<string, string>[]) {
      const again = await bill(form, { "idempotency-key": crypto.randomUUID() });
      expect({ id: again.body.id, replayed: again.headers.get("idempotent-replayed") }).toEqual({
        id: first.body.id,
        replayed: "true",
      });
    }
    expect(await created()).toBe(1);
  });

  test.each(["auto", "act"])("said with more: named, and not charged (%s)", async (dedupe) => {
    const { bill, card } = await setUp(dedupe);
    const first = await bill();
    for (const form of [
      { "shipping[name]": "A", "shipping[address][line1]": "B" },
      { transfer_group: "order" },
      { source: card },
      { description: "June" },
    ] as Record<string, string>[]) {
      const again = await bill(form);
      expect(again.body.error?.code, JSON.stringify(again.body)).toBe("possible_repeat");
      expect(again.body.error.message).toContain(first.body.id);
    }
    expect(await created()).toBe(1);
  });
});
