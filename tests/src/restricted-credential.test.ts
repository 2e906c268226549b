import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";

/** The first layer of defence is Stripe's: what the proxy's own key may not do, no vault key can. */
describe("a restricted Stripe key behind the proxy", () => {
  const credential = "rk_test_keybrake0restricted0credential";
  let stack: Stack;
  beforeAll(async () => {
    const permissions = ["rak_charge_read", "rak_customer_read", "rak_payment_intent_write"];
    stack = await startStack({
      credential,
      emulator: { secretKeys: [], restrictedKeys: { [credential]: permissions } },
    });
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("what both allow is done", async () => {
    const { vault_key } = await stack.issue();
    const read = await stack.call(vault_key, "GET", "/v1/customers/cus_demo_alice");
    expect(read).toMatchObject({ status: 200, body: { id: "cus_demo_alice" } });
    const made = await stack.call(vault_key, "POST", "/v1/payment_intents", {
      form: { amount: 500, currency: "usd" },
      headers: { "idempotency-key": "intent-1" },
    });
    expect(made.status).toBe(200);
  });

  test("what the vault key allows and Stripe's does not is refused by Stripe, and holds no money", async () => {
    const { vault_key, id } = await stack.issue();
    const refused = await charge(stack, vault_key);
    expect(refused.status).toBe(403);
    expect(JSON.stringify(refused.body)).not.toContain("rk_test");
    expect((await stack.admin(`/vault-keys/${id}`)).body).toMatchObject({ spent: 0, held: 0 });
    expect((await stack.control.summary()).charges.created).toBe(0);
  });

  test("what Stripe's key allows and the vault key does not never reaches Stripe", async () => {
    const { vault_key } = await stack.issue({ role: "audit" });
    const before = (await stack.control.requests()).total;
    const refused = await stack.call(vault_key, "POST", "/v1/payment_intents", {
      form: { amount: 500, currency: "usd" },
      headers: { "idempotency-key": "intent-2" },
    });
    expect(refused.body.error.code).toBe("operation_not_allowed");
    expect((await stack.control.requests()).total).toBe(before);
  });
});
