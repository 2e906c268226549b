import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

/** Done when: an unmodified stripe client works, and takes every refusal for what it is. */
describe("an unmodified stripe client", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("creates a charge, is refused a refund, lists customers", async () => {
    const key = await stack.issue();
    const stripe = stack.stripe(key.vault_key);
    const made = await stripe.charges.create({ amount: 1234, currency: "usd", source: "tok_visa" });
    expect(made).toMatchObject({ object: "charge", amount: 1234, status: "succeeded" });
    expect(made.metadata).toMatchObject({ keybrake_key: key.id });

    const refused = await stripe.refunds.create({ charge: made.id }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Stripe.errors.StripePermissionError);
    expect(refused).toMatchObject({ statusCode: 403, code: "operation_not_allowed" });
    expect((await stack.control.summary()).refunds.created).toBe(0);

    const customers = await stripe.customers.list({ limit: 3 });
    expect(customers.object).toBe("list");
  });

  test("gets a 429 with code spend_cap_exceeded at the cap, and does not retry it", async () => {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 10 });
    const stripe = stack.stripe(key.vault_key);
    await stripe.charges.create({ amount: 999, currency: "usd", source: "tok_visa" });
    const over = await stripe.charges
      .create({ amount: 2, currency: "usd", source: "tok_visa" })
      .catch((error: unknown) => error);
    expect(over).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(over).toMatchObject({ statusCode: 429, code: "spend_cap_exceeded" });
    expect(String((over as Error).message).toLowerCase()).toContain("spend cap reached");
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(rows.filter((row) => row.code === "spend_cap_exceeded")).toHaveLength(1);
  });

  test("a revoked key gets an authentication error on its next call", async () => {
    const key = await stack.issue();
    const stripe = stack.stripe(key.vault_key);
    await stripe.customers.list();
    await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    const error = await stripe.customers.list().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    expect(error).toMatchObject({ code: "vault_key_revoked" });
  });

  test("a 402 for the cap, when the policy chooses it, is a card error to the client", async () => {
    const key = await stack.issue({ role: "billing", daily_usd_cap: 1, cap_status: 402 });
    const error = await stack
      .stripe(key.vault_key)
      .charges.create({ amount: 101, currency: "usd", source: "tok_visa" })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ statusCode: 402, code: "spend_cap_exceeded" });
  });

  test("an equal charge that is worded otherwise is held back, and not sent again", async () => {
    const key = await stack.issue();
    const stripe = stack.stripe(key.vault_key, { maxNetworkRetries: 2 });
    const june = { amount: 500, currency: "usd", customer: "cus_demo_alice" };
    const first = await stripe.charges.create({ ...june, description: "June" });
    const repeat = await stripe.charges
      .create({ ...june, description: "for June" })
      .catch((error: unknown) => error);
    expect(repeat).toBeInstanceOf(Stripe.errors.StripeAPIError);
    expect(repeat).toMatchObject({ statusCode: 409, code: "possible_repeat" });
    expect((repeat as Error).message).toContain(first.id);
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    expect(rows.map(({ decision }) => decision)).toEqual(["denied", "allowed"]);
  });

  test("auto-paging, expand, metadata and retrieval go through unchanged", async () => {
    const key = await stack.issue({ allowed_operations: ["customers.*", "charges.*"], daily_usd_cap: 100 });
    const stripe = stack.stripe(key.vault_key);
    const customer = await stripe.customers.create({ email: "a@example.com", source: "tok_visa" });
    for (let index = 0; index < 3; index++) {
      await stripe.charges.create({
        amount: 100 + index,
        currency: "usd",
        customer: customer.id,
        metadata: { reference: `r${index}` },
      });
    }
    const seen: number[] = [];
    for await (const item of stripe.charges.list({
      customer: customer.id,
      limit: 1,
      expand: ["data.customer"],
    })) {
      seen.push(item.amount);
      expect((item.customer as Stripe.Customer).email).toBe("a@example.com");
    }
    expect(seen).toEqual([102, 101, 100]);
  });
});
