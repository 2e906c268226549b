import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { interceptedUpstream, LOST } from "./intercepted-upstream.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

/**
 * Before: what was lost on its way to Stripe was sent again with the hold of the first time, whatever had become of its
 * object since: an invoice of $9 was finalised at $39.73 under a cap of $40 with $23.76 spent.
 */
describe("what is sent again is priced again", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let key: IssuedKey;
  let invoice: string;
  let customer: string;
  const upstream = interceptedUpstream();
  const { intercept: passAll } = upstream;
  beforeAll(async () => {
    stack = await startStack({ upstream: upstream.upstream });
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    upstream.intercept = passAll;
    key = await stack.issue({
      allowed_operations: ["invoices.*", "paymentIntents.*"],
      daily_usd_cap: 40,
      max_usd_per_call: 30,
    });
    ({ id: customer } = await stripe.make("customers", { source: "tok_visa" }));
    ({ id: invoice } = await stripe.make("invoices", { customer, auto_advance: "false" }));
    await grow(900);
  });

  const grow = (amount: number) =>
    stripe.make("invoiceitems", { customer, invoice, amount, currency: "usd" });
  const post = (path: string, form: Record<string, string | number> = {}) =>
    stack.call(key.vault_key, "POST", `/v1/${path}`, {
      form,
      headers: { "idempotency-key": `grown-${invoice}-${path}` },
    });
  const usage = async () => {
    const { spent, held } = (await stack.admin(`/vault-keys/${key.id}`)).body;
    return { spent, held };
  };
  const overHold = async () => {
    const rows = await stack.auditRows(`&vault_key_id=${key.id}`);
    return rows.reduce((sum, { over_hold_micros: micros }) => sum + micros, 0);
  };
  /** The next write is lost, before Stripe has it or after. */
  const lose = (when: "before" | "after") => {
    upstream.intercept = async (sent, pass) => {
      if (sent.method !== "POST") return pass();
      upstream.intercept = passAll;
      if (when === "after") await pass();
      return LOST;
    };
  };

  test("an invoice that has grown is held for all of it", async () => {
    lose("before");
    expect((await post(`invoices/${invoice}/finalize`)).status).toBe(504);
    expect(await usage()).toEqual({ spent: 0, held: 9 });
    await grow(2000);
    expect((await post(`invoices/${invoice}/finalize`)).body).toMatchObject({
      status: "open",
      amount_due: 2900,
    });
    expect(await usage()).toEqual({ spent: 29, held: 0 });
    expect(await overHold()).toBe(0);
  });

  test("beyond the cap it is not sent, and goes out when there is room", async () => {
    await post("payment_intents", { amount: 2376, currency: "usd" });
    lose("before");
    expect((await post(`invoices/${invoice}/finalize`)).status).toBe(504);
    await grow(1000);
    const refused = await post(`invoices/${invoice}/finalize`);
    expect(refused.body.error).toMatchObject({ code: "spend_cap_exceeded" });
    expect(await stripe.get(`invoices/${invoice}`)).toMatchObject({ status: "draft" });
    expect(await usage()).toEqual({ spent: 23.76, held: 9 });
    await grow(-900);
    expect((await post(`invoices/${invoice}/finalize`)).body).toMatchObject({ amount_due: 1000 });
    expect(await usage()).toEqual({ spent: 33.76, held: 0 });
    expect(await overHold()).toBe(0);
  });

  test("beyond the limit of one call it is not sent", async () => {
    lose("before");
    await post(`invoices/${invoice}/finalize`);
    await grow(2101);
    const refused = await post(`invoices/${invoice}/finalize`);
    expect(refused.body.error).toMatchObject({ code: "amount_over_limit" });
    expect(await stripe.get(`invoices/${invoice}`)).toMatchObject({ status: "draft" });
  });

  test("while Stripe cannot be asked what it costs now, it is not sent", async () => {
    lose("before");
    await post(`invoices/${invoice}/finalize`);
    await grow(2000);
    upstream.intercept = (sent, pass) => (sent.method === "GET" ? Promise.resolve(LOST) : pass());
    const refused = await post(`invoices/${invoice}/finalize`);
    expect(refused.body.error).toMatchObject({ code: "upstream_unreachable" });
    expect(await stripe.get(`invoices/${invoice}`)).toMatchObject({ status: "draft" });
    expect(await usage()).toEqual({ spent: 0, held: 9 });
  });

  test("what took effect costs nothing more, at a cap that is used up", async () => {
    const card = { payment_method: "pm_card_visa", capture_method: "manual", confirm: "true" };
    const { id } = await stripe.make("payment_intents", { amount: 3000, currency: "usd", ...card });
    lose("after");
    expect((await post(`payment_intents/${id}/capture`, { amount_to_capture: 2500 })).status).toBe(504);
    await post("payment_intents", { amount: 1500, currency: "usd" });
    expect(await usage()).toEqual({ spent: 15, held: 25 });
    expect((await post(`payment_intents/${id}/capture`, { amount_to_capture: 2500 })).body).toMatchObject({
      status: "succeeded",
      amount_received: 2500,
    });
    lose("after");
    expect((await post(`invoices/${invoice}/void`)).status).toBeGreaterThanOrEqual(400);
    expect(await usage()).toEqual({ spent: 40, held: 0 });
    expect(await overHold()).toBe(0);
  });
});
