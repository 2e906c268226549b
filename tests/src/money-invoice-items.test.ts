import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

const DAY_MS = 86_400_000;

/**
 * Before: an item for a customer counted its own amount, and the customer's subscription collected it by itself, with
 * its default taxes on top; so did a draft that advances.
 */
describe("an invoice item is collected for what it was priced", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let acts = 0;
  beforeAll(async () => {
    stack = await startStack();
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const item = async (form: Record<string, string | number>) => {
    acts += 1;
    const key = await stack.issue({ allowed_operations: ["invoiceItems.create"], daily_usd_cap: 1000 });
    const headers = { "idempotency-key": `item-${acts}` };
    const body = { amount: 10_000, currency: "usd", ...form };
    const answer = await stack.call(key.vault_key, "POST", "/v1/invoiceitems", { form: body, headers });
    const { spent } = (await stack.admin(`/vault-keys/${key.id}`)).body;
    return { code: answer.body.error?.code ?? answer.status, spent };
  };
  const customer = async (): Promise<string> => (await stripe.make("customers", { source: "tok_visa" })).id;
  const vat = async (): Promise<string> =>
    (await stripe.make("tax_rates", { display_name: "VAT", percentage: 20, inclusive: "false" })).id;
  async function subscribed(form: Record<string, string> = {}): Promise<string> {
    const owner = await customer();
    const { id: product } = await stripe.make("products", { name: "Everything" });
    const price = { product, currency: "usd", unit_amount: 900, "recurring[interval]": "month" };
    const { id } = await stripe.make("prices", price);
    await stripe.make("subscriptions", { customer: owner, "items[0][price]": id, ...form });
    return owner;
  }
  const collected = async (owner: string) => {
    await stack.control.advance(32 * DAY_MS);
    stack.advance(32 * DAY_MS);
    const { data } = await stripe.get(`charges?customer=${owner}&limit=100`);
    return data.reduce((sum: number, { amount }: { amount: number }) => sum + amount, 0);
  };

  test("nobody collects it on top of taxes: refused where a subscription would", async () => {
    const owner = await subscribed({ "default_tax_rates[0]": await vat() });
    expect(await item({ customer: owner })).toEqual({ code: "amount_unknown", spent: 0 });
    expect(await collected(owner)).toBe(2 * 1080);
  });

  test("a subscription without taxes collects what was counted", async () => {
    const owner = await subscribed();
    expect(await item({ customer: owner })).toEqual({ code: 200, spent: 100 });
    expect(await collected(owner)).toBe(2 * 900 + 10_000);
  });

  test("nor a draft that advances by itself; one that waits is finalised by a call that is priced", async () => {
    const owner = await customer();
    const taxes = { customer: owner, "default_tax_rates[0]": await vat() };
    const { id: advancing } = await stripe.make("invoices", { ...taxes, auto_advance: "true" });
    expect(await item({ customer: owner, invoice: advancing })).toEqual({ code: "amount_unknown", spent: 0 });
    const { id: plain } = await stripe.make("invoices", { customer: owner, auto_advance: "true" });
    expect(await item({ customer: owner, invoice: plain })).toEqual({ code: 200, spent: 100 });
    const { id: waiting } = await stripe.make("invoices", { ...taxes, auto_advance: "false" });
    expect(await item({ customer: owner, invoice: waiting })).toEqual({ code: 200, spent: 100 });
    expect(await collected(owner)).toBe(10_000);
  });

  test("nor under the name of a subscription, nor by a draft that the call itself lets advance", async () => {
    const owner = await customer();
    expect((await item({ customer: owner, subscription: "sub_1" })).code).toBe("amount_unknown");
    const key = await stack.issue({
      allowed_operations: ["invoices.create", "checkout.sessions.create"],
      daily_usd_cap: 1000,
    });
    const refused = async (path: string, form: Record<string, string>) => {
      acts += 1;
      const headers = { "idempotency-key": `item-${acts}` };
      const { body } = await stack.call(key.vault_key, "POST", path, { form, headers });
      return body.error;
    };
    for (const auto_advance of ["", "true"]) {
      const error = await refused("/v1/invoices", { customer: owner, auto_advance });
      expect(error).toMatchObject({ code: "amount_unknown", param: "auto_advance" });
    }
    // A page that has lapsed is copied, and the copy can be paid.
    const page = {
      ...{ mode: "payment", success_url: "https://example.com", "line_items[0][quantity]": "1" },
      "line_items[0][price_data][currency]": "usd",
      "line_items[0][price_data][unit_amount]": "500",
      "line_items[0][price_data][product_data][name]": "A page",
    };
    const error = await refused("/v1/checkout/sessions", {
      ...page,
      "after_expiration[recovery][enabled]": "true",
    });
    expect(error).toMatchObject({ code: "amount_unknown", param: "after_expiration[recovery]" });
  });
});
