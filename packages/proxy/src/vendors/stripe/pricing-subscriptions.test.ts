import { describe, expect, test } from "vitest";
import { at, params, price, type World } from "../../../test/priced.ts";
import { priceCall } from "./pricing.ts";

const item = (more: object = {}) => ({
  id: "si_1",
  object: "subscription_item",
  quantity: 2,
  tax_rates: [],
  price: {
    unit_amount: 500,
    billing_scheme: "per_unit",
    transform_quantity: null,
    currency: "usd",
    recurring: { usage_type: "licensed" },
  },
  ...more,
});
const subscription = (more: object = {}, items: readonly unknown[] = [item()]) => ({
  id: "sub_1",
  object: "subscription",
  currency: "usd",
  automatic_tax: { enabled: false },
  default_tax_rates: [],
  items: { data: items, has_more: false },
  ...more,
});
const SUBSCRIPTION = "/v1/subscriptions/sub_1";

describe("one period of a subscription", () => {
  test.each<[string, unknown, string]>([
    ["its items", subscription(), "1000 usd"],
    ["two items", subscription({}, [item(), item({ quantity: 1 })]), "1500 usd"],
    ["more items than are shown", subscription({ items: { data: [item()], has_more: true } }), "unknown"],
    ["default taxes", subscription({ default_tax_rates: [{ id: "txr_1" }] }), "unknown"],
    ["automatic tax", subscription({ automatic_tax: { enabled: true } }), "unknown"],
    ["a tax of an item", subscription({}, [item({ tax_rates: [{ id: "txr_1" }] })]), "unknown"],
    ["no quantity, because it is metered", subscription({}, [item({ quantity: undefined })]), "unknown"],
    ["tiers", subscription({}, [item({ price: { ...item().price, billing_scheme: "tiered" } })]), "unknown"],
    ["decimals", subscription({}, [item({ price: { ...item().price, unit_amount: null } })]), "unknown"],
    ["another currency", subscription({ currency: "eur" }), "unknown"],
    ["nothing", null, "unknown"],
  ])("%s", (_name, found, expected) => {
    for (const operation of ["subscriptions.cancel", "subscriptions.pause", "subscriptions.resume"])
      expect(price(operation, "", at(SUBSCRIPTION, found), ["sub_1"]), operation).toBe(expected);
  });

  test("of one item", () => {
    const world = at("/v1/subscription_items/si_1", item());
    expect(price("subscriptionItems.del", "", world, ["si_1"])).toBe("1000 usd");
    expect(price("subscriptionItems.del", "clear_usage=true", world, ["si_1"])).toBe("unknown clear_usage");
  });
});

describe("a new subscription", () => {
  const stored = (more: object = {}): World =>
    at("/v1/prices/price_1?expand[0]=currency_options", {
      id: "price_1",
      object: "price",
      type: "recurring",
      recurring: { usage_type: "licensed" },
      billing_scheme: "per_unit",
      unit_amount: 700,
      currency: "usd",
      ...more,
    });
  const setup =
    "add_invoice_items[0][price_data][currency]=usd&add_invoice_items[0][price_data][unit_amount]=300" +
    "&add_invoice_items[0][price_data][product]=prod_1";

  test.each<[string, World, string]>([
    ["customer=cus_1&items[0][price]=price_1", stored(), "700 usd"],
    ["customer=cus_1&items[0][price]=price_1&items[0][quantity]=3", stored(), "2100 usd"],
    ["customer=cus_1&items[0][price]=price_1&trial_period_days=365", stored(), "700 usd"],
    [`customer=cus_1&items[0][price]=price_1&${setup}`, stored(), "1000 usd"],
    ["customer=cus_1&items[0][price]=price_1", stored({ type: "one_time" }), "unknown"],
    ["customer=cus_1&items[0][price]=price_1", stored({ recurring: { usage_type: "metered" } }), "unknown"],
    [
      "customer=cus_1&items[0][price]=price_1&default_tax_rates[0]=txr_1",
      stored(),
      "unknown default_tax_rates",
    ],
    ["customer=cus_1&items[0][price]=price_1&backdate_start_date=1", stored(), "unknown backdate_start_date"],
    ["customer=cus_1&items=x", {}, "invalid items"],
    ["customer=cus_1", {}, "unknown"],
  ])("%s", (body, world, expected) => {
    expect(price("subscriptions.create", body, world)).toBe(expected);
  });
});

describe("a customer who is deleted", () => {
  const customer = { id: "cus_1", object: "customer", balance: 0, currency: null };
  const CUSTOMER = "/v1/customers/cus_1";
  const LIST = "/v1/subscriptions?customer=cus_1&limit=100";
  const owner = (more: object, ...data: unknown[]): World => ({
    [CUSTOMER]: { ...customer, ...more },
    [LIST]: { object: "list", data, has_more: false },
  });

  test.each<[string, World, string]>([
    ["without any", owner({}), "free"],
    ["with a subscription", owner({}, subscription()), "1000 usd"],
    ["with two", owner({}, subscription(), subscription({ id: "sub_2" })), "2000 usd"],
    ["with credit", owner({ balance: -700, currency: "usd" }, subscription()), "1700 usd"],
    ["with debts alone", owner({ balance: 700, currency: "eur" }), "700 eur"],
    ["with two currencies", owner({ balance: 700, currency: "eur" }, subscription()), "unknown"],
    ["with a subscription that is not plain", owner({}, subscription({ currency: "eur" })), "unknown"],
    [
      "with more than are shown",
      { ...owner({}), [LIST]: { object: "list", data: [subscription()], has_more: true } },
      "unknown",
    ],
    ["who is already", at(CUSTOMER, { id: "cus_1", object: "customer", deleted: true }), "free"],
    ["whom Stripe does not show", at(CUSTOMER, { error: {} }), "unknown"],
  ])("%s", (_name, world, expected) => {
    expect(price("customers.del", "", world, ["cus_1"])).toBe(expected);
  });
});

describe("other gifts", () => {
  const dispute = at("/v1/disputes/dp_1", { id: "dp_1", object: "dispute", amount: 900, currency: "usd" });
  const coupon = (more: object) =>
    at("/v1/coupons/june", { id: "june", object: "coupon", duration: "once", currency: "usd", ...more });
  const code = "promotion[type]=coupon&promotion[coupon]=june&max_redemptions=3";
  const note = { id: "cn_1", object: "credit_note", amount: 80, currency: "usd" };

  test.each<[string, string, string, World, string]>([
    ["disputes.close", "dp_1", "", dispute, "900 usd"],
    ["disputes.update", "dp_1", "evidence[uncategorized_text]=x", dispute, "900 usd"],
    ["disputes.update", "dp_1", "submit=&metadata[a]=b", dispute, "900 usd"],
    ["promotionCodes.create", "", code, coupon({ amount_off: 500 }), "1500 usd"],
    ["promotionCodes.create", "", "coupon=june&max_redemptions=3", coupon({ amount_off: 500 }), "1500 usd"],
    ["promotionCodes.create", "", code, coupon({ amount_off: null, percent_off: 100 }), "unknown"],
    ["promotionCodes.create", "", code, coupon({ amount_off: 500, duration: "forever" }), "unknown"],
    ["creditNotes.voidCreditNote", "cn_1", "", at("/v1/credit_notes/cn_1", note), "80 usd"],
    [
      "invoiceItems.del",
      "ii_1",
      "",
      at("/v1/invoiceitems/ii_1", { id: "ii_1", object: "invoiceitem", amount: -70, currency: "usd" }),
      "70 usd",
    ],
  ])("%s %s %s", (operation, id, body, world, expected) => {
    expect(price(operation, body, world, [id])).toBe(expected);
  });
});

test("previews and later releases of Stripe's API do not price, whatever is free stays free", () => {
  const charge = { operation: "charges.create", params: params("amount=1&currency=usd"), pathParams: [] };
  const product = { operation: "products.create", params: params("name=x"), pathParams: [] };
  expect(priceCall({ ...charge, apiVersion: "2099-01-01.preview" }).kind).toBe("unknown");
  expect(priceCall({ ...charge, apiVersion: "2024-06-20" }).kind).toBe("amount");
  expect(priceCall({ ...product, apiVersion: "2099-01-01.preview" }).kind).toBe("free");
});
