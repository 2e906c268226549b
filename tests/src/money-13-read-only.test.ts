import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { atStripe } from "./at-stripe.ts";
import { type Stack, startStack } from "./stack.ts";

/**
 * Before: "0 = read-only" was said and not true. Under a cap of $0 a key could delete a customer with all its
 * subscriptions, void or write off any invoice, publish a code for a coupon of 100 %, and let an authorised deposit go.
 */
describe("a cap of $0 is read-only, and what forgives money costs money", () => {
  let stack: Stack;
  let stripe: ReturnType<typeof atStripe>;
  let sent = 0;
  beforeAll(async () => {
    stack = await startStack();
    stripe = atStripe(stack.emulator.url);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(() => stack.control.reset());

  const GIFTS = [
    "customers.*",
    "invoices.*",
    "coupons.*",
    "promotionCodes.*",
    "paymentIntents.*",
    "subscriptions.*",
    "products.*",
  ];
  const issue = (dailyUsdCap: number) =>
    stack.issue({ allowed_operations: GIFTS, daily_usd_cap: dailyUsdCap });
  const call = (
    vaultKey: string,
    method: string,
    path: string,
    form: Record<string, string | number> = {},
  ) => {
    sent += 1;
    const headers = { "idempotency-key": `read-only-${sent}` };
    return stack.call(vaultKey, method, `/v1/${path}`, method === "DELETE" ? { headers } : { form, headers });
  };
  const spent = async (id: string) => (await stack.admin(`/vault-keys/${id}`)).body.spent;

  const customerWithCard = async () => {
    const { id } = await stripe.make("customers", { source: "tok_visa" });
    return id as string;
  };
  const openInvoice = async () => {
    const customer = await customerWithCard();
    const { id } = await stripe.make("invoices", { customer, auto_advance: "false" });
    await stripe.make("invoiceitems", { customer, invoice: id, amount: 1500, currency: "usd" });
    await stripe.make(`invoices/${id}/finalize`);
    return id as string;
  };
  const draft = async () => {
    const customer = await customerWithCard();
    const { id } = await stripe.make("invoices", { customer, auto_advance: "false" });
    await stripe.make("invoiceitems", { customer, invoice: id, amount: 1500, currency: "usd" });
    return id as string;
  };
  const subscribed = async () => {
    const customer = await customerWithCard();
    const product = await stripe.make("products", { name: "gold" });
    const price = await stripe.make("prices", {
      currency: "usd",
      unit_amount: 1500,
      product: product.id,
      "recurring[interval]": "month",
    });
    const { id } = await stripe.make("subscriptions", { customer, "items[0][price]": price.id });
    return { customer, subscription: id as string };
  };
  const deposit = async () => {
    const { id } = await stripe.make("payment_intents", {
      amount: 1500,
      currency: "usd",
      payment_method: "pm_card_visa",
      "payment_method_types[0]": "card",
      capture_method: "manual",
      confirm: "true",
    });
    return id as string;
  };
  const coupon = async () => {
    const { id } = await stripe.make("coupons", { amount_off: 500, currency: "usd", duration: "once" });
    return id as string;
  };

  type Form = Record<string, string | number>;
  const gifts: Readonly<Record<string, () => Promise<readonly [method: string, path: string, form?: Form]>>> =
    {
      "a customer with a subscription is deleted": async () => [
        "DELETE",
        `customers/${(await subscribed()).customer}`,
      ],
      "a subscription is cancelled": async () => [
        "DELETE",
        `subscriptions/${(await subscribed()).subscription}`,
      ],
      "an invoice is voided": async () => ["POST", `invoices/${await openInvoice()}/void`],
      "an invoice is written off": async () => ["POST", `invoices/${await openInvoice()}/mark_uncollectible`],
      "a draft is deleted": async () => ["DELETE", `invoices/${await draft()}`],
      "a coupon is made": async () => [
        "POST",
        "coupons",
        { amount_off: 500, currency: "usd", duration: "once", max_redemptions: 3 },
      ],
      "a code is published": async () => [
        "POST",
        "promotion_codes",
        { "promotion[type]": "coupon", "promotion[coupon]": await coupon(), max_redemptions: 3 },
      ],
      "a deposit is let go": async () => ["POST", `payment_intents/${await deposit()}/cancel`],
    };

  describe.each(Object.entries(gifts))("%s", (_name, gift) => {
    test("not at cap 0, nor with less than it is worth; else it counts $15", async () => {
      const [method, path, form] = await gift();
      const readOnly = await issue(0);
      const poor = await issue(14.99);
      const rich = await issue(15);
      for (const { vault_key } of [readOnly, poor])
        expect((await call(vault_key, method, path, form)).body.error?.code).toBe("spend_cap_exceeded");
      expect((await call(rich.vault_key, method, path, form)).body).not.toHaveProperty("error");
      expect(await spent(rich.id)).toBe(15);
    });
  });

  test("at cap 0 not even words are changed, and everything can be read", async () => {
    const customer = await customerWithCard();
    const { id, vault_key } = await issue(0);
    expect(
      (await call(vault_key, "POST", `customers/${customer}`, { description: "x" })).body.error,
    ).toMatchObject({
      code: "spend_cap_exceeded",
      message: expect.stringMatching(/may read and change nothing/),
    });
    expect((await call(vault_key, "POST", "products", { name: "x" })).status).toBe(429);
    expect((await stack.call(vault_key, "GET", `/v1/customers/${customer}`)).status).toBe(200);
    expect((await stripe.get(`customers/${customer}`)).description).toBeNull();
    expect(await spent(id)).toBe(0);
  });

  test("a cap that becomes 0 is obeyed by the next call of every key below it", async () => {
    const budget = { name: "frozen-later", daily_usd_cap: 100 };
    expect((await stack.admin("/budgets", { method: "POST", body: budget })).status).toBe(201);
    const { vault_key } = await stack.issue({ allowed_operations: GIFTS, budget: "frozen-later" });
    expect((await call(vault_key, "POST", "products", { name: "x" })).status).toBe(200);
    await stack.admin("/budgets/frozen-later", { method: "PATCH", body: { daily_usd_cap: 0 } });
    expect((await call(vault_key, "POST", "products", { name: "y" })).body.error).toMatchObject({
      code: "spend_cap_exceeded",
      keybrake: { budget: "frozen-later" },
    });
  });

  test("what shares, opens or hands out without a figure does not pass at any cap", async () => {
    const { vault_key } = await stack.issue({
      allowed_operations: [
        "coupons.create",
        "tokens.create",
        "webhookEndpoints.*",
        "customerSessions.create",
      ],
      daily_usd_cap: 1000,
    });
    const refused: readonly (readonly [string, Record<string, string>])[] = [
      ["coupons", { percent_off: "100", duration: "once" }],
      ["tokens", { "pii[id_number]": "1" }],
      ["webhook_endpoints", { url: "https://example.com", "enabled_events[0]": "*" }],
      ["customer_sessions", { customer: "cus_1" }],
    ];
    for (const [path, form] of refused)
      expect((await call(vault_key, "POST", path, form)).body.error?.code, path).toBe("amount_unknown");
  });
});
