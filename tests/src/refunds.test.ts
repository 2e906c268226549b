import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/** Refunds: their amount often is not in the request, and it counts against the refund key's own cap. */
describe("refunds", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  async function charged(amount: number): Promise<string> {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 1000 });
    return (await charge(stack, key.vault_key, { amount })).body.id;
  }
  const refund = (vaultKey: string, form: Record<string, string | number>, idempotencyKey: string) =>
    stack.call(vaultKey, "POST", "/v1/refunds", { form, headers: { "idempotency-key": idempotencyKey } });

  test("without an amount takes what is left, and fixes it in the forwarded body", async () => {
    const id = await charged(5000);
    const key = await stack.issue({ role: "refund", daily_usd_cap: 100 });
    expect((await refund(key.vault_key, { charge: id, amount: 1500 }, "part")).body.amount).toBe(1500);
    const rest = await refund(key.vault_key, { charge: id }, "rest");
    expect(rest.body).toMatchObject({ object: "refund", amount: 3500 });
    const sent = (await stack.control.requests()).data.filter(
      (entry) => entry.operation === "refunds.create",
    );
    expect(sent.at(-1)?.body).toContain("amount=3500");
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({
      spent: 50,
      held: 0,
      remaining: 50,
    });
    // Repeated when nothing is left: the same answer, not an error.
    const again = await refund(key.vault_key, { charge: id }, "rest");
    expect(again.status).toBe(200);
    expect(again.body.id).toBe(rest.body.id);
  });

  test("over the cap is refused before anything is sent", async () => {
    const id = await charged(15_000);
    const key = await stack.issue({ role: "refund", daily_usd_cap: 100 });
    const answer = await refund(key.vault_key, { charge: id }, "too-much");
    expect(answer.body.error.code).toBe("spend_cap_exceeded");
    expect(answer.body.error.keybrake).toMatchObject({ cap_usd: 100, requested_usd: 150 });
  });

  test("more than is left, twice in full, and of no charge: Stripe's own errors, and no hold left", async () => {
    const id = await charged(1000);
    const key = await stack.issue({ role: "refund", daily_usd_cap: 100 });
    const over = await refund(key.vault_key, { charge: id, amount: 1001 }, "over");
    expect(over.status).toBe(400);
    expect(over.body.error.message).toContain("greater than");
    expect((await refund(key.vault_key, { charge: id }, "full")).status).toBe(200);
    const twice = await refund(key.vault_key, { charge: id }, "full-again");
    expect({ status: twice.status, code: twice.body.error.code }).toEqual({
      status: 400,
      code: "charge_already_refunded",
    });
    const made_up = await refund(key.vault_key, { charge: "ch_hallucinated" }, "made-up");
    expect(made_up.body.error.code).toBe("resource_missing");
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 10, held: 0 });
  });

  test("fifty concurrent full refunds of one charge move its amount once", async () => {
    const id = await charged(2000);
    const key = await stack.issue({ role: "refund", daily_usd_cap: 5000 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refund(key.vault_key, { charge: id }, `race-${index}`)),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 20, held: 0 });
  });

  test("a capture costs only what its authorisation did not", async () => {
    const key = await stack.issue({ allowed_operations: ["charges.*"], daily_usd_cap: 100 });
    const held = await charge(stack, key.vault_key, { amount: 6000, capture: "false" });
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 60 });
    const path = `/v1/charges/${held.body.id}/capture`;
    const captured = await stack.call(key.vault_key, "POST", path, {
      form: {},
      headers: { "idempotency-key": "cap" },
    });
    expect(captured.body).toMatchObject({ captured: true, amount: 6000 });
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({
      spent: 60,
      held: 0,
      remaining: 40,
    });
  });

  test("a payment intent counts once, when it is made", async () => {
    const key = await stack.issue({ allowed_operations: ["paymentIntents.*"], daily_usd_cap: 100 });
    const stripe = stack.stripe(key.vault_key);
    const intent = await stripe.paymentIntents.create({
      amount: 4000,
      currency: "usd",
      payment_method: "pm_card_visa",
    });
    await stripe.paymentIntents.confirm(intent.id, { return_url: "https://example.com" });
    expect((await stack.admin(`/vault-keys/${key.id}`)).body).toMatchObject({ spent: 40 });
    await expect(stripe.paymentIntents.create({ amount: 6001, currency: "usd" })).rejects.toMatchObject({
      code: "spend_cap_exceeded",
    });
  });
});
