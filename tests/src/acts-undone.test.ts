import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CallAnswer, type Stack, startStack } from "./stack.ts";

/**
 * Before: an equal call was answered with what had been made and was there no more: an active subscription that was
 * cancelled, a charge that was paid back. A person was told that they had paid.
 */
describe("an act whose object was undone is neither replayed nor done again: it is named", () => {
  let stack: Stack;
  let key: string;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    key = (await stack.issue({ allowed_operations: ["*"], daily_usd_cap: 1000 })).vault_key;
  });

  const post = (path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    stack.call(key, "POST", `/v1/${path}`, { form, headers });
  const june = { amount: "2900", currency: "usd", source: "tok_visa" };

  function expectNamed(answer: CallAnswer, first: CallAnswer): void {
    expect(answer.status, JSON.stringify(answer.body)).toBe(409);
    expect(answer.body.error).toMatchObject({ type: "idempotency_error", code: "possible_repeat" });
    expect(answer.body.error.keybrake).toMatchObject({ object_id: first.body.id });
    expect(answer.body.error.message).toContain(
      `made ${first.body.id}, which has been undone or settled since`,
    );
  }

  test.each([
    ["in full", {}],
    ["in part", { amount: "500" }],
  ])("a charge that was refunded %s", async (_how, refund: Record<string, string>) => {
    const first = await post("charges", june);
    expect((await post("refunds", { charge: first.body.id, ...refund })).status).toBe(200);
    expectNamed(await post("charges", june), first);
    expectNamed(await post("charges", june, { "idempotency-key": crypto.randomUUID() }), first);
    expect((await stack.control.summary()).charges.created).toBe(1);
    const second = await post("charges", { ...june, "metadata[reference]": "June, once more" });
    expect(second.body.id).not.toBe(first.body.id);
  });

  test("an intent of a customer that was refunded by its charge", async () => {
    const customer = (await post("customers", {})).body.id;
    const form = {
      ...{ customer, amount: "1000", currency: "usd", confirm: "true", payment_method: "pm_card_visa" },
      "automatic_payment_methods[enabled]": "true",
      "automatic_payment_methods[allow_redirects]": "never",
    };
    const first = await post("payment_intents", form);
    expect(first.body.status).toBe("succeeded");
    await post("refunds", { charge: first.body.latest_charge, amount: "1" });
    expectNamed(await post("payment_intents", form), first);
  });

  test("an intent that was cancelled", async () => {
    const customer = (await post("customers", {})).body.id;
    const form = { customer, amount: "1000", currency: "usd" };
    const first = await post("payment_intents", form);
    await post(`payment_intents/${first.body.id}/cancel`);
    expectNamed(await post("payment_intents", form), first);
  });

  test("a subscription that was cancelled", async () => {
    const customer = (await post("customers", { source: "tok_visa" })).body.id;
    const product = (await post("products", { name: "Plan" })).body.id;
    const form = {
      customer,
      "items[0][price_data][currency]": "usd",
      "items[0][price_data][unit_amount]": "1000",
      "items[0][price_data][product]": product,
      "items[0][price_data][recurring][interval]": "month",
    };
    const first = await post("subscriptions", form);
    expect((await stack.call(key, "DELETE", `/v1/subscriptions/${first.body.id}`)).body.status).toBe(
      "canceled",
    );
    expectNamed(await post("subscriptions", form), first);
    const second = await post("subscriptions", { ...form, "metadata[reference]": "2" });
    expect(second.body).toMatchObject({ status: "active" });
  });

  test("it survives a restart, and what could not be undone is replayed as it was", async () => {
    const first = await post("charges", june);
    const other = await post("charges", { ...june, amount: "3000" });
    expect((await post("refunds", { charge: other.body.id, amount: "3001" })).status).toBe(400);
    await post("refunds", { charge: first.body.id });
    await stack.stopProxy();
    await stack.startProxy();
    expectNamed(await post("charges", june), first);
    expect((await post("charges", { ...june, amount: "3000" })).body.id).toBe(other.body.id);
  });

  test("under a key that its caller chose, Stripe's contract holds: the first answer", async () => {
    const chosen = { "idempotency-key": "june-2026" };
    const first = await post("charges", june, chosen);
    await post("refunds", { charge: first.body.id });
    const again = await post("charges", june, chosen);
    expect({ id: again.body.id, replayed: again.headers.get("idempotent-replayed") }).toEqual({
      id: first.body.id,
      replayed: "true",
    });
  });
});
