import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { interceptedUpstream } from "./intercepted-upstream.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: `invoices.pay` finalised a draft and collected what nobody had priced: taxes on top, whatever a free update
 * put on it between look-up and payment, and all of it at a cap of $0 with a coupon put on and taken off.
 */
describe("what is collected of an invoice is what was priced", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  const upstream = interceptedUpstream();
  const { intercept: passAll } = upstream;
  let sent = 0;
  beforeAll(async () => {
    stack = await startStack({ upstream: upstream.upstream });
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => {
    upstream.intercept = passAll;
    upstream.sent.length = 0;
  });

  const issue = (dailyUsdCap = 1000) =>
    stack.issue({ allowed_operations: ["invoices.*", "invoiceItems.*"], daily_usd_cap: dailyUsdCap });
  const post = (vaultKey: string, path: string, form: Record<string, string | number> = {}) => {
    sent += 1;
    return stack.call(vaultKey, "POST", `/v1/${path}`, {
      form,
      headers: { "idempotency-key": `invoices-${sent}` },
    });
  };
  const spent = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body.spent;
  const draft = async (more: Record<string, string | number> = {}) => {
    const { id: customer } = await stripe.make("customers", { source: "tok_visa" });
    const { id } = await stripe.make("invoices", { customer, auto_advance: "false", ...more });
    await stripe.make("invoiceitems", { customer, invoice: id, amount: 10_000, currency: "usd" });
    return id as string;
  };

  test.each([
    ["plain", {}],
    ["with automatic tax", { "automatic_tax[enabled]": "true" }],
  ])("a draft is not paid, %s", async (_name, more) => {
    const { id, vault_key } = await issue();
    const invoice = await draft(more);
    expect((await post(vault_key, `invoices/${invoice}/pay`)).body.error).toMatchObject({
      code: "amount_unknown",
      message: expect.stringMatching(/draft is not final/),
    });
    expect(await stripe.get(`invoices/${invoice}`)).toMatchObject({ status: "draft", amount_paid: 0 });
    expect(await spent(id)).toBe(0);
  });

  test("finalised and paid it counts once, what was paid", async () => {
    const { id, vault_key } = await issue();
    const invoice = await draft();
    expect((await post(vault_key, `invoices/${invoice}/finalize`)).body.status).toBe("open");
    expect(await spent(id)).toBe(100);
    expect((await post(vault_key, `invoices/${invoice}/pay`)).body).toMatchObject({
      status: "paid",
      amount_paid: 10_000,
    });
    expect(await spent(id)).toBe(100);
  });

  test("a discount cannot be put on and taken off", async () => {
    const { vault_key } = await issue();
    const coupon = await stripe.make("coupons", { percent_off: 100, duration: "once" });
    const invoice = await draft();
    for (const discounts of [{ "discounts[0][coupon]": coupon.id as string }, { discounts: "" }])
      expect((await post(vault_key, `invoices/${invoice}`, discounts)).body.error).toMatchObject({
        code: "amount_unknown",
        param: "discounts",
      });
  });

  test("an invoice that advances cannot be stopped or changed, and none is made that does", async () => {
    const { vault_key } = await issue();
    const invoice = await draft({ auto_advance: "true" });
    for (const form of [{ auto_advance: "false" }, { auto_advance: "" }, { "default_tax_rates[0]": "txr_1" }])
      expect((await post(vault_key, `invoices/${invoice}`, form)).body.error?.code).toBe("amount_unknown");
    const { customer } = await stripe.get(`invoices/${invoice}`);
    for (const auto_advance of ["", "true"])
      expect((await post(vault_key, "invoices", { customer, auto_advance })).body.error?.code).toBe(
        "amount_unknown",
      );
  });

  test("nothing changes an invoice between its look-up and its finalisation", async () => {
    const { id, vault_key } = await issue();
    const { vault_key: another } = await issue();
    const invoice = await draft();
    const rate = await stripe.make("tax_rates", { display_name: "VAT", percentage: 50, inclusive: "false" });
    const { promise: isPriced, resolve: priced } = Promise.withResolvers<void>();
    const { promise: mayGo, resolve: go } = Promise.withResolvers<void>();
    upstream.intercept = async ({ path }, forward) => {
      if (path.endsWith("/finalize")) {
        priced();
        await mayGo;
      }
      return forward();
    };
    const finalised = post(vault_key, `invoices/${invoice}/finalize`);
    await isPriced;
    const taxed = post(another, `invoices/${invoice}`, { "default_tax_rates[0]": rate.id });
    // Another object does not wait.
    const { customer } = await stripe.get(`invoices/${invoice}`);
    expect((await post(another, "invoices", { customer })).status).toBe(200);
    await pass(100);
    expect(upstream.sent.filter(({ path }) => path === `/v1/invoices/${invoice}`)).toHaveLength(1);
    go();
    expect((await finalised).body).toMatchObject({ status: "open", amount_due: 10_000 });
    expect((await taxed).body.error?.code).toBe("amount_unknown");
    expect(await spent(id)).toBe(100);
  });
});
