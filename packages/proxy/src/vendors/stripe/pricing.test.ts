import { describe, expect, test } from "vitest";
import { at, params, price, type World } from "../../../test/priced.ts";
import { OPERATIONS } from "./operation.ts";
import { mayMoveMoney, priceCall } from "./pricing.ts";

const charge = {
  id: "ch_1",
  object: "charge",
  amount: 1000,
  amount_captured: 1000,
  amount_refunded: 0,
  captured: true,
  currency: "eur",
};
const intent = {
  id: "pi_1",
  object: "payment_intent",
  amount: 2000,
  amount_capturable: 0,
  amount_received: 0,
  currency: "usd",
};
const CHARGE = "/v1/charges/ch_1";
const INTENT = "/v1/payment_intents/pi_1";
const EXPANDED = "/v1/payment_intents/pi_1?expand[0]=latest_charge";

describe("amounts and currencies in the request", () => {
  test.each([
    ["amount=100&currency=usd", "100 usd"],
    ["amount=100&currency=USD", "100 usd"],
    ["amount=999999999999&currency=idr", "999999999999 idr"],
    ["amount=100&currency=usd&transfer_data[destination]=acct_1&application_fee_amount=10", "100 usd"],
    ["amount=100&currency=usd&surcharge=20", "unknown surcharge"],
    ["currency=usd", "invalid amount"],
    ["amount=100", "invalid currency"],
    ["amount=&currency=usd", "invalid amount"],
    ["amount=0&currency=usd", "invalid amount"],
    ["amount=-5&currency=usd", "invalid amount"],
    ["amount=%2B5&currency=usd", "invalid amount"],
    ["amount=05&currency=usd", "invalid amount"],
    ["amount=+5&currency=usd", "invalid amount"],
    ["amount=5+&currency=usd", "invalid amount"],
    ["amount=1e3&currency=usd", "invalid amount"],
    ["amount=0x10&currency=usd", "invalid amount"],
    ["amount=10.0&currency=usd", "invalid amount"],
    ["amount=1_000&currency=usd", "invalid amount"],
    ["amount=1,000&currency=usd", "invalid amount"],
    ["amount=100%0A&currency=usd", "invalid amount"],
    ["amount=%D9%A1&currency=usd", "invalid amount"],
    ["amount=1000000000000&currency=usd", "invalid amount"],
    ["amount[]=100&currency=usd", "invalid amount"],
    ["amount[value]=100&currency=usd", "invalid amount"],
    ["amount=100&currency=", "invalid currency"],
    ["amount=100&currency=us", "invalid currency"],
    ["amount=100&currency=usdt", "invalid currency"],
    ["amount=100&currency=us%0A", "invalid currency"],
    ["amount=100&currency[]=usd", "invalid currency"],
  ])("charges.create %s: %s", (body, expected) => {
    expect(price("charges.create", body)).toBe(expected);
    // Confirmed or not: the payer can complete it outside the proxy.
    expect(price("paymentIntents.create", body)).toBe(expected);
    if (!/^(?:&?(?:amount|currency)[^&]*)*$/.test(body)) return;
    expect(price("payouts.create", body)).toBe(expected);
    expect(price("topups.create", body)).toBe(expected);
  });
});

describe("charges and payment intents", () => {
  test.each<[string, string, World, string]>([
    ["charges.capture", "", at(CHARGE, charge), "1000 eur over ch_1"],
    ["charges.capture", "amount=400", at(CHARGE, charge), "400 eur over ch_1"],
    ["charges.capture", "", at(CHARGE, { ...charge, payment_intent: "pi_1" }), "1000 eur over pi_1"],
    ["charges.capture", "amount=4.5", {}, "invalid amount"],
    ["paymentIntents.update", "description=x", {}, "free"],
    ["paymentIntents.update", "metadata[a]=b", {}, "free"],
    ["paymentIntents.update", "amount=3000", at(INTENT, intent), "3000 usd over pi_1"],
    ["paymentIntents.update", "amount=3000&currency=USD", at(INTENT, intent), "3000 usd over pi_1"],
    ["paymentIntents.update", "amount=3000&currency=eur", at(INTENT, intent), "3000 eur"],
    ["paymentIntents.update", "currency=eur", at(INTENT, intent), "2000 eur"],
    ["paymentIntents.update", "amount=", {}, "invalid amount"],
    ["paymentIntents.confirm", "", at(INTENT, intent), "2000 usd over pi_1"],
    ["paymentIntents.confirm", "amount_to_confirm=5000", at(INTENT, intent), "5000 usd over pi_1"],
    ["paymentIntents.confirm", "amount_to_confirm=5", at(INTENT, intent), "2000 usd over pi_1"],
    ["paymentIntents.verifyMicrodeposits", "amounts[]=32", at(INTENT, intent), "2000 usd over pi_1"],
    ["paymentIntents.capture", "", at(INTENT, { ...intent, amount_capturable: 2000 }), "2000 usd over pi_1"],
    [
      "paymentIntents.capture",
      "amount_to_capture=50",
      at(INTENT, { ...intent, amount_capturable: 2000 }),
      "50 usd over pi_1",
    ],
    [
      "paymentIntents.capture",
      "amount_to_capture=50",
      at(INTENT, { ...intent, amount_received: 7, amount_capturable: 1 }),
      "57 usd over pi_1",
    ],
    // It was captured already, and its answer was lost.
    [
      "paymentIntents.capture",
      "amount_to_capture=50",
      at(INTENT, { ...intent, amount_received: 50 }),
      "50 usd over pi_1",
    ],
    ["paymentIntents.capture", "", at(INTENT, { ...intent, amount_capturable: null }), "unknown"],
    ["paymentIntents.incrementAuthorization", "amount=2500", at(INTENT, intent), "2500 usd over pi_1"],
    ["paymentIntents.incrementAuthorization", "", {}, "invalid amount"],
    ["paymentIntents.applyCustomerBalance", "", at(INTENT, intent), "2000 usd over pi_1"],
    [
      "paymentIntents.applyCustomerBalance",
      "amount=9&currency=usd",
      at(INTENT, intent),
      "2000 usd over pi_1",
    ],
    ["paymentIntents.applyCustomerBalance", "currency=eur", at(INTENT, intent), "unknown"],
    ["paymentIntents.cancel", "", at(INTENT, intent), "free"],
    ["paymentIntents.cancel", "", at(INTENT, { ...intent, amount_capturable: 900 }), "900 usd over pi_1"],
    ["paymentIntents.cancel", "", at(INTENT, { ...intent, amount_capturable: undefined }), "unknown"],
  ])("%s %s", (operation, body, world, expected) => {
    const id = operation.startsWith("charges") ? "ch_1" : "pi_1";
    expect(price(operation, body, world, [id])).toBe(expected);
  });
});

describe("refunds", () => {
  const partly = { ...charge, amount_refunded: 300 };
  const withCharge = (latest: unknown) => at(EXPANDED, { ...intent, latest_charge: latest });

  test.each<[string, World, string]>([
    ["charge=ch_1&amount=300", at(CHARGE, charge), "300 eur"],
    ["charge=ch_1&amount=999999", at(CHARGE, charge), "999999 eur"],
    ["charge=ch_1", at(CHARGE, charge), "1000 eur inject amount=1000"],
    ["charge=ch_1", at(CHARGE, partly), "700 eur inject amount=700"],
    ["charge=ch_1", at(CHARGE, { ...partly, amount_captured: 500 }), "200 eur inject amount=200"],
    // Nothing left: Stripe says so itself, and should something come back meanwhile, it costs one cent.
    ["charge=ch_1", at(CHARGE, { ...charge, amount_refunded: 1000 }), "1 eur inject amount=1"],
    [
      "charge=ch_1",
      at(CHARGE, { ...charge, amount_refunded: 1000, currency: "kwd" }),
      "10 kwd inject amount=10",
    ],
    // An authorisation is released whole.
    ["charge=ch_1", at(CHARGE, { ...charge, captured: false, amount_captured: 0 }), "1000 eur"],
    ["payment_intent=pi_1&amount=5", at(INTENT, intent), "5 usd"],
    ["payment_intent=pi_1", withCharge(partly), "700 eur inject amount=700"],
    ["payment_intent=pi_1", { ...withCharge("ch_1"), ...at(CHARGE, partly) }, "700 eur inject amount=700"],
    ["payment_intent=pi_1", withCharge(null), "unknown"],
    ["payment_intent=pi_1", withCharge({ error: {} }), "unknown"],
    ["origin=customer_balance&customer=cus_1&amount=5&currency=eur", {}, "5 eur"],
    ["origin=customer_balance&customer=cus_1&amount=5", {}, "invalid currency"],
    ["origin=customer_balance&customer=cus_1&currency=eur", {}, "invalid amount"],
    ["origin=other&charge=ch_1", {}, "invalid origin"],
    ["origin=customer_balance&charge=ch_1&amount=5&currency=eur", {}, "invalid origin"],
    ["", {}, "invalid charge"],
    ["amount=5", {}, "invalid charge"],
    ["charge=", {}, "invalid charge"],
    ["charge[]=ch_1", {}, "invalid charge"],
    ["charge=..", {}, "invalid charge"],
    ["charge=ch_1/../../refunds", {}, "invalid charge"],
    ["charge=ch_1%3Fexpand", {}, "invalid charge"],
    ["charge=ch_1&payment_intent=pi_1", {}, "invalid payment_intent"],
    ["charge=ch_1&amount=0", {}, "invalid amount"],
    ["charge=ch_1&amount=", {}, "invalid amount"],
    ["charge=ch_1&amount=5&reverse_transfer=true", at(CHARGE, charge), "unknown reverse_transfer"],
    ["charge=ch_1&refund_application_fee=true", at(CHARGE, charge), "unknown refund_application_fee"],
    ["charge=ch_1&reverse_transfer=false&amount=5", at(CHARGE, charge), "5 eur"],
    ["charge=ch_1&amount=5&instructions_email=me@example.com", {}, "unknown instructions_email"],
  ])("%s", (body, world, expected) => {
    expect(price("refunds.create", body, world)).toBe(expected);
  });
});

describe("a look-up that does not show the object", () => {
  test.each<[string, unknown]>([
    ["an error", { error: { message: "No such charge" } }],
    ["nothing", null],
    ["undefined", undefined],
    ["text", "ch_1"],
    ["a list", [charge]],
    ["another object", { ...charge, object: "refund" }],
    ["another id", { ...charge, id: "ch_2" }],
    ["no currency", { ...charge, currency: undefined }],
    ["a strange currency", { ...charge, currency: "dollars" }],
    ["no refunded amount", { ...charge, amount_refunded: undefined }],
    ["an amount as text", { ...charge, amount_captured: "1000", amount: "1000" }],
    ["a fraction", { ...charge, amount_captured: 10.5, amount: 10.5 }],
    ["a negative amount", { ...charge, amount_captured: -1, amount: -1 }],
    ["an unsafe amount", { ...charge, amount_captured: 2 ** 60, amount: 2 ** 60 }],
  ])("%s", (_name, answer) => {
    expect(price("refunds.create", "charge=ch_1", at(CHARGE, answer))).toBe("unknown");
  });
});

describe("other outflows", () => {
  const transfer = { id: "tr_1", object: "transfer", amount: 900, amount_reversed: 100, currency: "usd" };
  const fee = { id: "fee_1", object: "application_fee", amount: 50, amount_refunded: 50, currency: "usd" };
  const payout = { id: "po_1", object: "payout", amount: 700, currency: "usd" };
  const topup = { id: "tu_1", object: "topup", amount: 600, currency: "usd" };
  const invoice = {
    id: "in_1",
    object: "invoice",
    status: "open",
    amount_due: 500,
    amount_paid: 50,
    amount_remaining: 450,
    total: -600,
    currency: "usd",
  };
  const TRANSFER = at("/v1/transfers/tr_1", transfer);
  const INVOICE = at("/v1/invoices/in_1", invoice);
  const DRAFT = (more: object) => at("/v1/invoices/in_1", { ...invoice, status: "draft", ...more });

  test.each<[string, string[], string, World, string]>([
    ["transfers.create", [], "amount=5&currency=usd&destination=acct_1", {}, "5 usd"],
    [
      "transfers.create",
      [],
      "currency=eur&source_transaction=ch_1",
      at(CHARGE, charge),
      "1000 eur inject amount=1000",
    ],
    ["transfers.create", [], "currency=usd&source_transaction=ch_1", at(CHARGE, charge), "unknown"],
    ["transfers.create", [], "currency=usd", {}, "invalid amount"],
    ["transfers.createReversal", ["tr_1"], "", TRANSFER, "800 usd inject amount=800"],
    ["transfers.createReversal", ["tr_1"], "amount=10", TRANSFER, "10 usd"],
    [
      "applicationFees.createRefund",
      ["fee_1"],
      "",
      at("/v1/application_fees/fee_1", fee),
      "1 usd inject amount=1",
    ],
    ["payouts.cancel", ["po_1"], "", at("/v1/payouts/po_1", payout), "700 usd"],
    ["payouts.reverse", ["po_1"], "", at("/v1/payouts/po_1", payout), "700 usd"],
    ["topups.cancel", ["tu_1"], "", at("/v1/topups/tu_1", topup), "600 usd"],
    ["creditNotes.create", [], "invoice=in_1&amount=100", {}, "unknown"],
    ["creditNotes.create", [], "invoice=in_1&lines[0][type]=invoice_line_item", {}, "unknown lines"],
    ["creditNotes.create", [], "invoice=in_1&refund_amount=60&credit_amount=40", INVOICE, "100 usd"],
    ["creditNotes.create", [], "invoice=in_1&out_of_band_amount=5", INVOICE, "5 usd"],
    ["creditNotes.create", [], "invoice=in_1&amount=90&refund_amount=60", INVOICE, "90 usd"],
    [
      "creditNotes.create",
      [],
      "invoice=in_1&refund_amount=60&refunds[0][refund]=re_1",
      {},
      "unknown refunds",
    ],
    ["creditNotes.create", [], "refund_amount=60", {}, "invalid invoice"],
    ["creditNotes.create", [], "invoice=in_1&refund_amount=-60", {}, "invalid refund_amount"],
    ["customers.createBalanceTransaction", ["cus_1"], "amount=-500&currency=usd", {}, "500 usd"],
    ["customers.createBalanceTransaction", ["cus_1"], "amount=500&currency=usd", {}, "500 usd"],
    ["customers.createBalanceTransaction", ["cus_1"], "amount=0&currency=usd", {}, "invalid amount"],
    ["customers.createBalanceTransaction", ["cus_1"], "amount=--5&currency=usd", {}, "invalid amount"],
    ["customers.createBalanceTransaction", ["cus_1"], "currency=usd", {}, "invalid amount"],
    ["customers.createBalanceTransaction", ["cus_1"], "amount=5", {}, "invalid currency"],
    ["invoices.pay", ["in_1"], "", INVOICE, "500 usd over in_1"],
    ["invoices.pay", ["in_1"], "", DRAFT({}), "unknown"],
    ["invoices.pay", ["in_1"], "paid_out_of_band=false", INVOICE, "500 usd over in_1"],
    ["invoices.pay", ["in_1"], "paid_out_of_band=true", {}, "unknown paid_out_of_band"],
    ["invoices.pay", ["in_1"], "paid_out_of_band=yes", {}, "unknown paid_out_of_band"],
    ["invoices.pay", ["in_1"], "forgive=true", {}, "unknown forgive"],
    ["invoices.voidInvoice", ["in_1"], "", INVOICE, "450 usd"],
    ["invoices.markUncollectible", ["in_1"], "", INVOICE, "450 usd"],
    ["invoices.del", ["in_1"], "", DRAFT({}), "600 usd"],
    ["payouts.create", [], "amount=5&currency=usd&method=instant", {}, "unknown method"],
    ["invoices.finalizeInvoice", ["in_1"], "auto_advance=true", INVOICE, "500 usd over in_1"],
    ["invoices.sendInvoice", ["in_1"], "", INVOICE, "500 usd over in_1"],
    [
      "invoices.finalizeInvoice",
      ["in_1"],
      "",
      at("/v1/invoices/in_1", {
        ...invoice,
        status: "draft",
        automatic_tax: { enabled: true, status: null },
      }),
      "unknown",
    ],
    ["invoices.create", [], "customer=cus_1", {}, "free"],
    ["invoices.create", [], "customer=cus_1&auto_advance=false", {}, "free"],
    ["invoices.create", [], "customer=cus_1&auto_advance=true", {}, "unknown auto_advance"],
    ["invoices.create", [], "customer=cus_1&auto_advance=", {}, "unknown auto_advance"],
    ["invoices.create", [], "customer=cus_1&auto_advance=maybe", {}, "unknown auto_advance"],
    ["invoices.create", [], "customer=cus_1&discounts[0][coupon]=half", {}, "unknown discounts"],
    [
      "invoices.create",
      [],
      "customer=cus_1&automatically_finalizes_at=1800000000",
      {},
      "unknown automatically_finalizes_at",
    ],
    ["invoices.update", ["in_1"], "auto_advance=true", {}, "unknown auto_advance"],
    ["invoices.update", ["in_1"], "description=x", {}, "free"],
    ["invoices.update", ["in_1"], "auto_advance=false", DRAFT({ auto_advance: false }), "free"],
    [
      "invoices.update",
      ["in_1"],
      "auto_advance=false",
      DRAFT({ auto_advance: true }),
      "unknown auto_advance",
    ],
    ["invoices.update", ["in_1"], "auto_advance=false", INVOICE, "unknown auto_advance"],
    ["invoices.update", ["in_1"], "discounts=", {}, "unknown discounts"],
    ["invoices.update", ["in_1"], "default_tax_rates[]=txr_1", DRAFT({ auto_advance: false }), "free"],
    ["invoices.update", ["in_1"], "default_tax_rates[]=txr_1", DRAFT({}), "unknown default_tax_rates"],
    [
      "invoices.update",
      ["in_1"],
      "shipping_cost[shipping_rate]=shr_1",
      DRAFT({ auto_advance: false, automatically_finalizes_at: 1_800_000_000 }),
      "unknown shipping_cost",
    ],
  ])("%s %s %s", (operation, ids, body, world, expected) => {
    expect(price(operation, body, world, ids)).toBe(expected);
  });
});

test("an invoice that is made stays a draft, whatever the default of the client's Stripe-Version", () => {
  const plan = (operation: string, body: string) =>
    priceCall({ operation, params: params(body), pathParams: ["in_1"], apiVersion: null });
  expect(plan("invoices.create", "customer=cus_1")).toMatchObject({ inject: { auto_advance: "false" } });
  expect(plan("invoices.create", "auto_advance=false")).toEqual({ kind: "free" });
  expect(plan("invoices.update", "description=x")).toEqual({ kind: "free" });
});

describe("items", () => {
  const plain = {
    id: "price_1",
    object: "price",
    type: "one_time",
    billing_scheme: "per_unit",
    unit_amount: 250,
    currency: "usd",
  };
  const PRICE = (more: object = {}) =>
    at("/v1/prices/price_1?expand[0]=currency_options", { ...plain, ...more });
  const data = "[price_data][currency]=usd&line_items[0][price_data][unit_amount]=500";

  test.each<[string, World, string]>([
    [`mode=payment&line_items[0]${data}`, {}, "500 usd"],
    [`mode=payment&line_items[0]${data}&line_items[0][quantity]=3`, {}, "1500 usd"],
    [
      `mode=payment&line_items[0]${data}&line_items[1][price]=price_1&line_items[1][quantity]=2`,
      PRICE(),
      "1000 usd",
    ],
    ["mode=payment&line_items[0][price]=price_1", PRICE(), "250 usd"],
    [
      "mode=payment&line_items[0][price]=price_1",
      PRICE({ currency_options: { usd: { unit_amount: 250 } } }),
      "250 usd",
    ],
    [
      "mode=payment&line_items[0][price]=price_1",
      PRICE({ currency_options: { usd: { unit_amount: 250 }, eur: { unit_amount: 99_999_999 } } }),
      "unknown",
    ],
    ["mode=payment&line_items[0][price]=price_1", PRICE({ type: "recurring" }), "unknown"],
    ["mode=payment&line_items[0][price]=price_1", PRICE({ billing_scheme: "tiered" }), "unknown"],
    ["mode=payment&line_items[0][price]=price_1", PRICE({ unit_amount: null }), "unknown"],
    ["mode=payment&line_items[0][price]=price_1", PRICE({ custom_unit_amount: { minimum: 1 } }), "unknown"],
    [`mode=payment&line_items[0]${data}&line_items[1][price]=price_1`, PRICE({ currency: "eur" }), "unknown"],
    [
      `mode=payment&line_items[0]${data}&line_items[0][adjustable_quantity][enabled]=true`,
      {},
      "unknown line_items[adjustable_quantity]",
    ],
    [`mode=payment&line_items[0]${data}&line_items[0][price_data][recurring][interval]=month`, {}, "unknown"],
    [
      `mode=payment&line_items[0]${data}&shipping_options[0][shipping_rate]=shr_1`,
      {},
      "unknown shipping_options",
    ],
    [`mode=payment&line_items[0]${data}&automatic_tax[enabled]=true`, {}, "unknown automatic_tax"],
    [
      `mode=payment&line_items[0]${data}&after_expiration[recovery][enabled]=true`,
      {},
      "unknown after_expiration[recovery]",
    ],
    [`mode=payment&line_items[0]${data}&line_items[0][quantity]=0`, {}, "invalid quantity"],
    [`mode=payment&line_items[0]${data}&line_items[0][price]=price_1`, {}, "invalid line_items"],
    [
      `mode=subscription&line_items[0]${data}&line_items[0][price_data][recurring][interval]=month`,
      {},
      "500 usd",
    ],
    ["mode=subscription&line_items[0][price]=price_1", PRICE({ type: "recurring" }), "250 usd"],
    [
      "mode=subscription&line_items[0][price]=price_1",
      PRICE({ type: "recurring", recurring: { usage_type: "metered" } }),
      "unknown",
    ],
    [
      `mode=subscription&subscription_data[trial_period_days]=9&line_items[0]${data}`,
      {},
      "unknown subscription_data",
    ],
    [`line_items[0]${data}`, {}, "unknown mode"],
    ["mode=payment", {}, "invalid line_items"],
    ["mode=payment&line_items[0]=x", {}, "invalid line_items"],
    ["mode=setup", {}, "free"],
  ])("checkout %s", (body, world, expected) => {
    expect(price("checkout.sessions.create", body, world)).toBe(expected);
  });

  const SUBSCRIBED = (...data: readonly object[]) =>
    at("/v1/subscriptions?customer=cus_1&limit=100", { data, has_more: false });
  const taxed = { default_tax_rates: [{ id: "txr_1" }] };
  const BILLED = (more: object) =>
    at("/v1/invoices/in_1", { id: "in_1", object: "invoice", currency: "usd", status: "draft", ...more });

  test.each<[string, World, string]>([
    ["customer=cus_1&amount=500&currency=usd", SUBSCRIBED(), "500 usd"],
    ["customer=cus_1&amount=-500&currency=usd", SUBSCRIBED({ default_tax_rates: [] }), "500 usd"],
    ["customer=cus_1&amount=500&currency=usd", SUBSCRIBED({}, taxed), "unknown customer"],
    [
      "customer=cus_1&amount=500&currency=usd",
      SUBSCRIBED({ automatic_tax: { enabled: true } }),
      "unknown customer",
    ],
    [
      "customer=cus_1&amount=500&currency=usd",
      at("/v1/subscriptions?customer=cus_1&limit=100", { data: [], has_more: true }),
      "unknown",
    ],
    ["amount=500&currency=usd", {}, "unknown"],
    ["invoice=in_1&amount=500&currency=usd", BILLED({ auto_advance: true }), "500 usd"],
    ["invoice=in_1&amount=500&currency=usd", BILLED({ auto_advance: true, ...taxed }), "unknown invoice"],
    ["invoice=in_1&amount=500&currency=usd", BILLED({ auto_advance: false, ...taxed }), "500 usd"],
    [
      "invoice=in_1&amount=500&currency=usd",
      BILLED({ auto_advance: false, automatically_finalizes_at: 1_800_000_000, ...taxed }),
      "unknown invoice",
    ],
    ["customer=cus_1&amount=500", {}, "unknown"],
    ["customer=cus_1", {}, "unknown"],
    [
      "customer=cus_1&price_data[currency]=usd&price_data[unit_amount]=20&price_data[product]=p&quantity=4",
      SUBSCRIBED(),
      "80 usd",
    ],
    ["customer=cus_1&pricing[price]=price_1&quantity=2", { ...PRICE(), ...SUBSCRIBED() }, "500 usd"],
    ["customer=cus_1&pricing[price]=price_1&amount=1&currency=usd", {}, "unknown"],
    ["customer=cus_1&unit_amount_decimal=1.5&quantity=100", {}, "unknown unit_amount_decimal"],
    ["customer=cus_1&amount=500&currency=usd&tax_rates[]=txr_1", {}, "unknown tax_rates"],
    ["customer=cus_1&amount=500&currency=usd&subscription=sub_1", {}, "unknown subscription"],
  ])("invoice item %s", (body, world, expected) => {
    expect(price("invoiceItems.create", body, world)).toBe(expected);
  });

  const ITEM = (more: object) =>
    at("/v1/invoiceitems/ii_1", {
      ...{ id: "ii_1", object: "invoiceitem", quantity: 1, currency: "usd" },
      ...more,
    });

  test.each<[string, World, string]>([
    ["description=x&metadata[a]=b", {}, "free"],
    ["amount=900", { ...ITEM({ customer: "cus_1", invoice: null }), ...SUBSCRIBED() }, "900 usd over ii_1"],
    ["amount=900", { ...ITEM({ customer: "cus_1" }), ...SUBSCRIBED(taxed) }, "unknown customer"],
    ["amount=900", { ...ITEM({ invoice: "in_1" }), ...BILLED({ auto_advance: false }) }, "900 usd over ii_1"],
    ["amount=900", { ...ITEM({ invoice: "in_1" }), ...BILLED(taxed) }, "unknown invoice"],
    ["amount=900", ITEM({}), "unknown"],
    ["amount=900", ITEM({ customer: "cus_1", quantity: 2 }), "unknown"],
    ["quantity=5", {}, "unknown"],
  ])("invoice item update %s", (body, world, expected) => {
    expect(price("invoiceItems.update", body, world, ["ii_1"])).toBe(expected);
  });
});

describe("free writes and what hides in them", () => {
  test.each([
    ["customers.create", "email=a@b.c&name=N&metadata[a]=b", "free"],
    ["customers.create", "balance=-50000", "unknown balance"],
    ["customers.create", "cash_balance[settings][reconciliation_mode]=manual", "unknown cash_balance"],
    ["customers.create", "plan=gold&source=tok_visa", "unknown plan"],
    ["customers.create", "something_new=1", "unknown something_new"],
    ["customers.update", "description=x", "free"],
    ["customers.update", "balance=-50000", "unknown balance"],
    ["customers.update", "source=tok_visa", "unknown source"],
    ["customers.update", "default_source=card_1", "unknown default_source"],
    ["customers.deleteDiscount", "", "unknown"],
    ["customerSessions.create", "customer=cus_1", "unknown"],
    ["tokens.create", "pii[id_number]=1", "unknown"],
    ["fileLinks.create", "file=file_1", "unknown"],
    ["webhookEndpoints.create", "url=https://example.com", "unknown"],
    ["paymentMethods.attach", "customer=cus_1", "free"],
    ["setupIntents.create", "customer=cus_1", "free"],
    ["products.create", "name=x", "free"],
    ["prices.create", "unit_amount=5&currency=usd&product=p", "free"],
    ["coupons.create", "percent_off=100", "unknown percent_off"],
    ["coupons.create", "amount_off=500&currency=usd", "unknown"],
    ["coupons.create", "amount_off=500&currency=usd&max_redemptions=3", "1500 usd"],
    ["coupons.create", "amount_off=500&currency=usd&max_redemptions=3&duration=once&id=june", "1500 usd"],
    ["coupons.create", "amount_off=500&currency=usd&max_redemptions=3&duration=forever", "unknown duration"],
    ["promotionCodes.create", "promotion[type]=coupon&promotion[coupon]=june", "unknown max_redemptions"],
    ["promotionCodes.create", "max_redemptions=3", "invalid promotion"],
    ["charges.update", "description=x", "free"],
    ["charges.update", "customer=cus_1", "unknown customer"],
    ["refunds.update", "metadata[a]=b", "free"],
    ["refunds.cancel", "", "free"],
    ["disputes.update", "submit=false&evidence[uncategorized_text]=x", "free"],
    ["disputes.update", "metadata[a]=b", "free"],
    ["invoices.addLines", "lines[0][amount]=5", "unknown"],
    ["subscriptions.cancel", "invoice_now=true", "unknown invoice_now"],
    ["subscriptions.cancel", "prorate=true", "unknown prorate"],
    ["subscriptions.create", "customer=cus_1", "unknown"],
    ["subscriptions.update", "items[0][price]=p", "unknown"],
    ["subscriptionSchedules.create", "", "unknown"],
    ["paymentLinks.create", "", "unknown"],
    ["quotes.accept", "", "unknown"],
    ["issuing.cards.create", "", "unknown"],
    ["treasury.outboundPayments.create", "amount=5&currency=usd", "unknown"],
    ["v2.moneyManagement.outboundPayments.create", "", "unknown"],
    ["testHelpers.testClocks.advance", "", "unknown"],
    ["charges.steal", "amount=1&currency=usd", "unknown"],
    ["__proto__", "", "unknown"],
    ["toString", "", "unknown"],
  ])("%s %s: %s", (operation, body, expected) => {
    expect(price(operation, body, {}, ["obj_1"])).toBe(expected);
  });

  test("every read is free, and of the writes those that are so by their class, or ask for nothing", () => {
    const free: string[] = [];
    for (const { name, write } of OPERATIONS.values()) {
      const call = { operation: name, params: params(""), pathParams: ["obj_1", "obj_2"], apiVersion: null };
      const { kind } = priceCall(call);
      if (!write) expect(kind, name).toBe("free");
      if (!write) expect(mayMoveMoney(name), name).toBe(false);
      if (write && kind === "free" && mayMoveMoney(name)) free.push(name);
    }
    expect(free.toSorted()).toEqual(["disputes.update", "invoiceItems.update", "paymentIntents.update"]);
  });
});

test("which operations may move money", () => {
  for (const name of ["charges.create", "paymentIntents.update", "paymentIntents.cancel", "tokens.create"]) {
    expect(mayMoveMoney(name), name).toBe(true);
  }
  for (const name of ["charges.list", "customers.create", "invoices.create"]) {
    expect(mayMoveMoney(name), name).toBe(false);
  }
  expect(mayMoveMoney("charges.steal")).toBe(true);
});
