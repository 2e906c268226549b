import type { Call, Method } from "./steps.ts";

/** The objects that there are, as an agent could list them. */
export interface Objects {
  readonly charges: readonly string[];
  readonly intents: readonly string[];
  readonly invoices: readonly string[];
  readonly pages: readonly string[];
  readonly links: readonly string[];
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
  const intent = (name: string, action: string, form?: Form) =>
    about(objects.intents, nth, (id) =>
      change(`paymentIntents.${name}`, `/v1/payment_intents/${id}${action}`, form),
    );
  const invoice = (name: string, action: string, form?: Form) =>
    about(objects.invoices, nth, (id) => change(`invoices.${name}`, `/v1/invoices/${id}/${action}`, form));
  switch (call.do) {
    case "update_intent":
      return intent("update", "", { amount: String(call.amount) });
    case "confirm_intent": {
      const { payment_method } = METHODS[call.method];
      const paid = payment_method === undefined ? {} : { payment_method };
      return intent("confirm", "/confirm", { ...paid, return_url: RETURN_URL });
    }
    case "capture_intent":
      return intent("capture", "/capture", amountOf("amount_to_capture", call.amount));
    case "cancel_intent":
      return intent("cancel", "/cancel");
    case "capture_charge":
      return about(objects.charges, nth, (id) =>
        change("charges.capture", `/v1/charges/${id}/capture`, amountOf("amount", call.amount)),
      );
    case "item":
      return about(objects.invoices, nth, (id) =>
        change("invoiceItems.create", "/v1/invoiceitems", {
          customer: "cus_demo_alice",
          invoice: id,
          amount: String(call.amount),
          currency: "usd",
        }),
      );
    case "finalize_invoice":
      return invoice("finalizeInvoice", "finalize");
    case "pay_invoice":
      return invoice("pay", "pay", call.declined ? { payment_method: "pm_card_visa_chargeDeclined" } : {});
    case "void_invoice":
      return invoice("voidInvoice", "void");
  }
}

function amountOf(name: string, amount: number | null): Form {
  return amount === null ? {} : { [name]: String(amount) };
}

/** Agents and payers are mostly busy with what is new. */
const RECENT = 6;

/** The nth of the newest there are, round and round. */
export function about<T>(ids: readonly string[], nth: number, use: (id: string) => T): T | null {
  const recent = ids.slice(-RECENT);
  const id = recent[nth % Math.max(1, recent.length)];
  return id === undefined ? null : use(id);
}
