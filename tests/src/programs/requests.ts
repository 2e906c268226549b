import type { Call, Method } from "./steps.ts";

/** The objects that there are, as an agent could list them. */
export interface Objects {
  readonly charges: readonly string[];
  readonly intents: readonly string[];
  readonly invoices: readonly string[];
  readonly pages: readonly string[];
  readonly links: readonly string[];
  /** Of those, in what state some are: an agent mostly does what can be done. */
  readonly unpaidIntents: readonly string[];
  readonly authorisedIntents: readonly string[];
  readonly drafts: readonly string[];
  readonly openInvoices: readonly string[];
  /** A one-time and a monthly price of $9. */
  readonly price: string;
  readonly monthlyPrice: string;
}

export type Form = Readonly<Record<string, string>>;

export interface CallRequest {
  readonly path: string;
  readonly form: Form;
  /** As the emulator names it. */
  readonly operation: string;
  /** Whether it makes an object: that one carries the act's reference. */
  readonly makes: boolean;
}

const METHODS: Readonly<Record<Method, Form>> = {
  none: {},
  visa: { payment_method: "pm_card_visa" },
  declined: { payment_method: "pm_card_visa_chargeDeclined" },
  bank: { payment_method: "pm_usBankAccount_success", "payment_method_types[0]": "us_bank_account" },
  challenge: { payment_method: "pm_card_authenticationRequired" },
};

const RETURN_URL = "https://example.com/done";

/** The request that a call is; null when there is no object that it could be about. */
export function requestOf(call: Call, objects: Objects, reference: string): CallRequest | null {
  const making = (operation: string, path: string, form: Form): CallRequest => ({
    path,
    operation,
    makes: true,
    form: { ...form, "metadata[reference]": reference },
  });
  switch (call.do) {
    case "charge":
      return making("charges.create", "/v1/charges", {
        amount: String(call.amount),
        currency: call.currency,
        source: call.declined ? "tok_chargeDeclined" : "tok_visa",
        capture: String(call.capture),
      });
    case "intent":
      return making("paymentIntents.create", "/v1/payment_intents", intentForm(call));
    case "invoice":
      return making("invoices.create", "/v1/invoices", {
        customer: "cus_demo_alice",
        ...(call.taxed ? { "automatic_tax[enabled]": "true" } : {}),
      });
    case "refund":
      return about(objects.charges, call.nth, (charge) =>
        making("refunds.create", "/v1/refunds", { charge, ...amountOf("amount", call.amount) }),
      );
    case "page":
      return making("checkout.sessions.create", "/v1/checkout/sessions", {
        mode: "payment",
        success_url: RETURN_URL,
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": String(call.amount),
        "line_items[0][price_data][product_data][name]": "A page",
      });
    case "link":
      return making("paymentLinks.create", "/v1/payment_links", {
        "line_items[0][price]": objects.price,
        "line_items[0][quantity]": "1",
      });
    case "subscribe":
      return making("subscriptions.create", "/v1/subscriptions", {
        customer: "cus_demo_bob",
        "items[0][price]": objects.monthlyPrice,
      });
    default:
      return changeOf(call, objects);
  }
}

/** What says the same act in other words: the parameters that name it are as they were. Null where all of them do. */
export function reword({ operation, form }: CallRequest, times: number): Form | null {
  if (operation !== "charges.create" && operation !== "paymentIntents.create") return null;
  return { ...form, description: `Asked for ${times} times` };
}

function intentForm(call: Extract<Call, { do: "intent" }>): Form {
  return {
    amount: String(call.amount),
    currency: call.method === "bank" ? "usd" : call.currency,
    ...METHODS[call.method],
    ...(call.method === "none" ? {} : { confirm: "true" }),
    ...(call.method === "bank" || call.method === "none" ? {} : { return_url: RETURN_URL }),
    ...(call.method === "bank"
      ? { "mandate_data[customer_acceptance][type]": "offline" }
      : { "payment_method_types[0]": "card" }),
    ...(call.manual && call.method !== "bank" ? { capture_method: "manual" } : {}),
  };
}

type Change = Exclude<
  Call,
  { do: "charge" | "intent" | "invoice" | "refund" | "page" | "link" | "subscribe" }
>;

function changeOf(call: Change, objects: Objects): CallRequest | null {
  const change = (operation: string, path: string, form: Form = {}): CallRequest => ({
    path,
    operation,
    makes: false,
    form,
  });
  const { nth } = call;
  const { intents, invoices, unpaidIntents, authorisedIntents, drafts, openInvoices } = objects;
  const intent = (likely: readonly string[], name: string, action: string, form?: Form) =>
    about(mostly(nth, likely, intents), nth, (id) =>
      change(`paymentIntents.${name}`, `/v1/payment_intents/${id}${action}`, form),
    );
  const invoice = (likely: readonly string[], name: string, action: string, form?: Form) =>
    about(mostly(nth, likely, invoices), nth, (id) =>
      change(`invoices.${name}`, `/v1/invoices/${id}/${action}`, form),
    );
  switch (call.do) {
    case "update_intent":
      return intent(unpaidIntents, "update", "", { amount: String(call.amount) });
    case "confirm_intent": {
      const { payment_method } = METHODS[call.method];
      const paid = payment_method === undefined ? {} : { payment_method };
      return intent(unpaidIntents, "confirm", "/confirm", { ...paid, return_url: RETURN_URL });
    }
    case "capture_intent":
      return intent(authorisedIntents, "capture", "/capture", amountOf("amount_to_capture", call.amount));
    case "cancel_intent":
      return intent(unpaidIntents, "cancel", "/cancel");
    case "capture_charge":
      return about(objects.charges, nth, (id) =>
        change("charges.capture", `/v1/charges/${id}/capture`, amountOf("amount", call.amount)),
      );
    case "item":
      return about(mostly(nth, drafts, invoices), nth, (id) =>
        change("invoiceItems.create", "/v1/invoiceitems", {
          customer: "cus_demo_alice",
          invoice: id,
          amount: String(call.amount),
          currency: "usd",
        }),
      );
    case "finalize_invoice":
      return invoice(drafts, "finalizeInvoice", "finalize");
    case "pay_invoice":
      return invoice(
        openInvoices,
        "pay",
        "pay",
        call.declined ? { payment_method: "pm_card_visa_chargeDeclined" } : {},
      );
    case "void_invoice":
      return invoice(openInvoices, "voidInvoice", "void");
  }
}

function amountOf(name: string, amount: number | null): Form {
  return amount === null ? {} : { [name]: String(amount) };
}

/** Agents and payers are mostly busy with what is new. */
const RECENT = 6;

/** Three times of four the likely ones, if there are any. */
export function mostly<T>(nth: number, likely: readonly T[], all: readonly T[]): readonly T[] {
  return nth % 4 === 0 || likely.length === 0 ? all : likely;
}

/** The nth of the newest there are, round and round. */
export function about<T>(ids: readonly string[], nth: number, use: (id: string) => T): T | null {
  const recent = ids.slice(-RECENT);
  const id = recent[nth % Math.max(1, recent.length)];
  return id === undefined ? null : use(id);
}
