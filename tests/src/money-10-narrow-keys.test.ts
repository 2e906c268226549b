import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Once, a key with a cap of $1, at most $1 a call and euros alone carried out another key's refund of $500, by repeating
 * its lost request: a full refund names no amount, and the repeat was judged by what it said of itself.
 */
describe("a repeat of another key's act is judged by that act's own figures", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let acts = 0;
  beforeAll(async () => {
    stack = await startStack();
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const issue = (policy: Record<string, unknown> = {}) =>
    stack.issue({ allowed_operations: ["refunds.create"], daily_usd_cap: 500, ...policy });
  const refunds = async () => (await stack.control.summary()).refunds.created;

  /** A full refund of $500 by a wide key; its answer is lost, or comes. */
  async function refunded(lost: boolean) {
    const customer = (await stripe.make("customers", { source: "tok_visa" })).id;
    const charge = (await stripe.make("charges", { amount: 50_000, currency: "usd", customer })).id;
    acts += 1;
    const headers = { "idempotency-key": `narrow-${acts}` };
    const repeat = (vaultKey: string) =>
      stack.call(vaultKey, "POST", "/v1/refunds", { form: { charge }, headers });
    if (lost) await stack.control.addFault({ operation: "refunds.create", kind: "drop_before", times: 1 });
    const wide = await issue();
    expect((await repeat(wide.vault_key)).status).toBe(lost ? 504 : 200);
    return { repeat, wide, customer };
  }

  describe.each([
    ["carried out", true],
    ["read", false],
  ])("%s", (_what, lost) => {
    test.each([
      ["a cap of $1", { daily_usd_cap: 1 }, "spend_cap_exceeded"],
      ["a cap of one cent too little", { daily_usd_cap: 499.99 }, "spend_cap_exceeded"],
      ["a cap of 0", { daily_usd_cap: 0 }, "spend_cap_exceeded"],
      ["$1 per call", { max_usd_per_call: 1 }, "amount_over_limit"],
      ["euros alone", { currencies: ["eur"] }, "currency_not_allowed"],
      ["another customer", { customers: ["cus_demo_alice"] }, "customer_not_allowed"],
    ])("not under %s", async (_name, policy, code) => {
      const { repeat, wide } = await refunded(lost);
      const before = await refunds();
      const narrow = await issue(policy);
      const refused = await repeat(narrow.vault_key);
      expect(refused.body).toEqual({ error: expect.objectContaining({ code }) });
      expect(JSON.stringify(refused.body)).not.toContain("re_");
      expect(await refunds()).toBe(before);
      // Its own key may.
      expect((await repeat(wide.vault_key)).body).toMatchObject({ object: "refund", amount: 50_000 });
    });

    test("but by a key that could have asked for it, on the first key's account", async () => {
      const { repeat, wide, customer } = await refunded(lost);
      const also = await issue({ max_usd_per_call: 500, currencies: ["usd"], customers: [customer] });
      expect((await repeat(also.vault_key)).body).toMatchObject({ object: "refund", amount: 50_000 });
      const spent = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body.spent;
      expect([await spent(wide.id), await spent(also.id)]).toEqual([500, 0]);
    });
  });
});
