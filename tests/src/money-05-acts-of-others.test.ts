import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: with claims by act, all of `description` and metadata was wording, whatever the operation. Two customers
 * became one, so that the second one's charges went to the first one's card; two guests' orders got one client_secret.
 */
describe("calls for different people are different acts", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const operations = ["customers.create", "paymentIntents.create", "charges.create"];
  const issue = (dedupe: string) =>
    stack.issue({ allowed_operations: operations, daily_usd_cap: 500, dedupe });
  const post = (key: string, path: string, form: Record<string, string>) =>
    stack.call(key, "POST", path, { form });

  test.each(["auto", "act"])("two customers stay two (%s)", async (dedupe) => {
    const { vault_key } = await issue(dedupe);
    const make = async (form: Record<string, string>) =>
      (await post(vault_key, "/v1/customers", form)).body.id;
    const ids = [
      await make({ description: "A", "metadata[user]": "1" }),
      await make({ description: "B", "metadata[user]": "1" }),
      await make({ description: "A", "metadata[user]": "2" }),
    ];
    expect(new Set(ids).size).toBe(3);
    // Said again in every word by somebody who has the first one's answer, it is another customer.
    expect(ids).not.toContain(await make({ "metadata[user]": "1", description: "A" }));
  });

  test.each(["auto", "act"])("one customer is made when the answer was lost (%s)", async (dedupe) => {
    const { vault_key } = await issue(dedupe);
    const make = (form: Record<string, string>) => post(vault_key, "/v1/customers", form);
    await stack.control.addFault({ operation: "customers.create", kind: "drop_after", times: 1 });
    expect((await make({ "metadata[user]": "1", description: "A" })).status).toBe(504);
    const found = await make({ "metadata[user]": "1", description: " A " });
    const { data } = await atStripe(stack.emulator.url).get("customers?limit=100");
    expect(data.filter((customer: any) => customer.metadata.user === "1")).toEqual([
      expect.objectContaining({ id: found.body.id }),
    ]);
  });

  test.each(["auto", "act"])("two guests' orders have a client_secret each (%s)", async (dedupe) => {
    const { vault_key } = await issue(dedupe);
    const order = (id: string) =>
      post(vault_key, "/v1/payment_intents", { amount: "2000", currency: "usd", "metadata[order_id]": id });
    const orders = [await order("1"), await order("2"), await order("1")];
    expect(new Set(orders.map(({ body }) => body.client_secret)).size).toBe(3);
  });

  test("two orders of one customer over one amount: neither charged twice nor swallowed", async () => {
    const { vault_key } = await issue("auto");
    const order = (form: Record<string, string>) =>
      post(vault_key, "/v1/charges", { amount: "2000", currency: "usd", source: "tok_visa", ...form });
    const first = await order({ "metadata[order_id]": "1" });
    const second = await order({ "metadata[order_id]": "2" });
    expect(second.status).toBe(409);
    expect(second.headers.get("stripe-should-retry")).toBe("false");
    expect(second.body.error).toMatchObject({ type: "idempotency_error", code: "possible_repeat" });
    expect(second.body.error.message).toContain(first.body.id);
    expect(second.body.error.message).toContain("metadata[reference]");
    expect(second.body.error.keybrake).toMatchObject({ object_id: first.body.id });
    const named = await order({ "metadata[order_id]": "2", "metadata[reference]": "2" });
    expect(named.status).toBe(200);
    expect((await stack.control.summary()).charges.created).toBe(2);
  });

  test("a policy can say what tells orders apart", async () => {
    const { vault_key } = await stack.issue({
      allowed_operations: operations,
      daily_usd_cap: 500,
      act_includes: ["metadata[order_id]"],
    });
    const order = (id: string) =>
      post(vault_key, "/v1/charges", {
        amount: "2000",
        currency: "usd",
        source: "tok_visa",
        "metadata[order_id]": id,
      });
    const ids = [await order("1"), await order("2"), await order("1")].map(({ body }) => body.id);
    expect(ids[2]).toBe(ids[0]);
    expect((await stack.control.summary()).charges.created).toBe(2);
  });
});
