import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

/** Before: a guest's payment was given an allowed customer as its owner, and could then be refunded. */
describe("an object without an owner belongs to nobody", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let sent = 0;
  beforeAll(async () => {
    stack = await startStack();
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const limited = async () => {
    const { id: customer } = await stripe.make("customers", { source: "tok_visa" });
    const operations = ["charges.*", "paymentIntents.*", "refunds.create", "paymentMethods.attach"];
    const policy = { allowed_operations: operations, customers: [customer], daily_usd_cap: 100 };
    const { vault_key } = await stack.issue(policy);
    const post = (path: string, form: Record<string, string | number>) => {
      sent += 1;
      const headers = { "idempotency-key": `adoption-${sent}` };
      return stack.call(vault_key, "POST", `/v1/${path}`, { form, headers });
    };
    return { customer: customer as string, post };
  };

  test("a guest's charge is not adopted, nor refunded", async () => {
    const { customer, post } = await limited();
    const { id } = await stripe.make("charges", { amount: 1000, currency: "usd", source: "tok_visa" });
    expect((await post(`charges/${id}`, { customer })).body.error?.code).toBe("customer_not_allowed");
    expect((await post("refunds", { charge: id })).body.error?.code).toBe("customer_not_allowed");
    expect(await stripe.get(`charges/${id}`)).toMatchObject({ customer: null, amount_refunded: 0 });
  });

  test("a guest's intent is not adopted", async () => {
    const { customer, post } = await limited();
    const { id } = await stripe.make("payment_intents", { amount: 1000, currency: "usd" });
    expect((await post(`payment_intents/${id}`, { customer })).body.error?.code).toBe("customer_not_allowed");
    expect((await stripe.get(`payment_intents/${id}`)).customer).toBeNull();
  });

  test("a means of payment may still be attached to an allowed customer", async () => {
    const { customer, post } = await limited();
    const { id } = await stripe.make("payment_methods", { type: "card", "card[token]": "tok_visa" });
    expect((await post(`payment_methods/${id}/attach`, { customer })).status).toBe(200);
  });
});
