import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CallAnswer, type Stack, startStack } from "./stack.ts";

/**
 * Before: whatever was made was remembered for 24 hours, whatever came between. The second invoice of a day was the first
 * one again, and stayed unpaid; the second guest got the first one's client_secret, and confirmed what was paid.
 */
describe("an act that costs nothing by itself, or names nobody, is over when its answer is delivered", () => {
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
  const replayed = ({ headers }: CallAnswer) => headers.get("idempotent-replayed") === "true";

  const guest = { amount: "2000", currency: "usd", "automatic_payment_methods[enabled]": "true" };
  const session = {
    mode: "payment",
    success_url: "https://shop.test/",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "500",
    "line_items[0][price_data][product_data][name]": "T-shirt",
  };

  test.each([
    ["payment_intents", guest],
    ["setup_intents", { usage: "off_session" }],
    ["customers", { name: "Guest" }],
    ["checkout/sessions", session],
    ["products", { name: "T-shirt" }],
  ])("%s: two guests' are two, with no key and with one that code made up", async (path, form) => {
    const ids = [
      await post(path, form),
      await post(path, form),
      await post(path, form, { "idempotency-key": crypto.randomUUID() }),
    ].map(({ body }) => body.id);
    expect(new Set(ids).size, ids.join()).toBe(3);
  });

  test.each([
    ["payment_intents", guest],
    ["customers", { name: "Guest" }],
    ["checkout/sessions", session],
  ])("%s: an answer that was lost is got by asking again, however often", async (path, form) => {
    const operation =
      path === "payment_intents" ? "paymentIntents.create" : `${path.replace("/", ".")}.create`;
    await stack.control.addFault({ operation, kind: "drop_after", times: 1 });
    expect((await post(path, form)).status).toBe(504);
    const found = await post(path, form);
    expect({ status: found.status, replayed: replayed(found) }).toEqual({ status: 200, replayed: true });
    // Now somebody has it.
    expect((await post(path, form)).body.id).not.toBe(found.body.id);
  });

  test("twenty at once with no key are one: nobody had an answer when they asked", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => post("customers", { name: "One" })));
    // Each waited for the one before it; none was told of a customer that another one has, and none was lost.
    expect(all.every(({ status }) => status === 200)).toBe(true);
    const june = { amount: "2900", currency: "usd", source: "tok_visa" };
    const charges = await Promise.all(Array.from({ length: 20 }, () => post("charges", june)));
    expect(new Set(charges.map(({ body }) => body.id)).size).toBe(1);
    expect((await stack.control.summary()).charges.created).toBe(1);
  });

  test("who sends the same made-up key again in the same words gets the first answer: an SDK's own retry", async () => {
    const retry = { "idempotency-key": `stripe-node-retry-${crypto.randomUUID()}` };
    const first = await post("payment_intents", guest, retry);
    const again = await post("payment_intents", guest, retry);
    expect({ id: again.body.id, replayed: replayed(again) }).toEqual({ id: first.body.id, replayed: true });
  });

  test("a guest who is named is remembered: by a reference, an X-Agent-Act, or what the policy includes", async () => {
    const one = await post("payment_intents", { ...guest, "metadata[reference]": "order-1" });
    const two = await post("payment_intents", { ...guest, "metadata[reference]": "order-2" });
    const again = await post("payment_intents", { ...guest, "metadata[reference]": "order-1" });
    expect(two.body.id).not.toBe(one.body.id);
    expect(again.body.id).toBe(one.body.id);
    const act = { "x-agent-act": "order-3" };
    const three = await post("payment_intents", guest, act);
    expect((await post("payment_intents", guest, act)).body.id).toBe(three.body.id);
    key = (await stack.issue({ role: "billing", daily_usd_cap: 100, act_includes: ["metadata[order]"] }))
      .vault_key;
    const four = await post("payment_intents", { ...guest, "metadata[order]": "4" });
    expect((await post("payment_intents", { ...guest, "metadata[order]": "4" })).body.id).toBe(four.body.id);
  });

  test("two invoices of one customer on one day are two, and both are paid", async () => {
    const customer = (await post("customers", { source: "tok_visa" })).body.id;
    const paid: number[] = [];
    for (const amount of ["300", "500"]) {
      await post("invoiceitems", { customer, amount, currency: "usd", description: amount });
      const invoice = await post("invoices", { customer, pending_invoice_items_behavior: "include" });
      await post(`invoices/${invoice.body.id}/finalize`);
      paid.push((await post(`invoices/${invoice.body.id}/pay`)).body.amount_paid);
    }
    expect(paid).toEqual([300, 500]);
  });

  test("a customer who was deleted can be made again, and a session that has expired", async () => {
    const customer = await post("customers", { email: "a@shop.test" });
    await stack.call(key, "DELETE", `/v1/customers/${customer.body.id}`);
    const again = await post("customers", { email: "a@shop.test" });
    expect(again.body.id).not.toBe(customer.body.id);
    const one = await post("checkout/sessions", session);
    await post(`checkout/sessions/${one.body.id}/expire`);
    const two = await post("checkout/sessions", session);
    expect(two.body.status, JSON.stringify(two.body)).toBe("open");
  });

  describe("what is done to an object is done again when it is asked again: Stripe's object knows", () => {
    const intent = {
      ...{ amount: "1000", currency: "usd", "automatic_payment_methods[enabled]": "true" },
      "automatic_payment_methods[allow_redirects]": "never",
    };

    test.each(["auto", "act"])("confirm, another card, confirm (%s)", async (dedupe) => {
      key = (await stack.issue({ allowed_operations: ["*"], daily_usd_cap: 1000, dedupe })).vault_key;
      const made = await post("payment_intents", {
        ...intent,
        payment_method: "pm_card_authenticationRequired",
      });
      const path = `payment_intents/${made.body.id}`;
      expect((await post(`${path}/confirm`)).body.status).toBe("requires_action");
      await post(path, { payment_method: "pm_card_visa" });
      expect((await post(`${path}/confirm`)).body.status).toBe("succeeded");
      // Said once more, it is Stripe that says no, and nothing is charged.
      expect((await post(`${path}/confirm`)).body.error.code).toBe("payment_intent_unexpected_state");
      expect((await stack.control.summary()).charges.succeeded).toBe(1);
    });

    test("a confirmation whose answer was lost is not made twice", async () => {
      const made = await post("payment_intents", { ...intent, payment_method: "pm_card_visa" });
      const path = `payment_intents/${made.body.id}/confirm`;
      await stack.control.addFault({ operation: "paymentIntents.confirm", kind: "drop_after", times: 1 });
      expect((await post(path)).status).toBe(504);
      expect((await post(path)).body.status).toBe("succeeded");
      expect((await stack.control.summary()).charges.created).toBe(1);
    });
  });
});
