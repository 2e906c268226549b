import type { FormParams } from "./form.ts";
import { LIMITS } from "./limits.ts";
import { formatAmount } from "./money.ts";
import { isRecord, percentEncode } from "./text.ts";
import type { Described, StripeRequest, ToolSpec } from "./tool-spec.ts";
import { trimObject } from "./trim-object.ts";

type Body = Readonly<Record<string, unknown>>;

function get(operation: string, path: string, params: FormParams = {}): StripeRequest {
  return { operation, method: "GET", path, params };
}

function page(input: { readonly limit: number | null; readonly starting_after: string | null }): FormParams {
  return { limit: input.limit ?? LIMITS.listDefault, starting_after: input.starting_after };
}

function describeObject(body: Body, object: string): Described | null {
  const { id, amount, currency } = body;
  if (body.object !== object || typeof id !== "string") return null;
  const status = typeof body.status === "string" ? body.status : body.deleted === true ? "deleted" : "active";
  const money = typeof amount === "number" && typeof currency === "string";
  const name = object.replace("_", " ");
  return {
    id,
    status,
    ...(money ? { amount_cents: amount, currency } : {}),
    data: trimObject(body),
    message: `The ${name} ${id}${money ? ` of ${formatAmount(amount, currency)}` : ""} is ${status}.`,
  };
}

function describeList(body: Body, noun: string): Described | null {
  if (!Array.isArray(body.data)) return null;
  const objects = body.data.filter(isRecord).map(trimObject);
  const more = body.has_more === true;
  const last = objects.at(-1)?.id;
  const next =
    more && typeof last === "string" ? ` There are more: call again with starting_after ${last}.` : "";
  const count = `${objects.length} ${noun}${objects.length === 1 ? "" : "s"}`;
  return {
    id: null,
    status: "ok",
    data: { objects, has_more: more },
    message: `${count}, newest first.${next}`,
  };
}

function describeBalance(body: Body): Described | null {
  if (body.object !== "balance" || !Array.isArray(body.available)) return null;
  const parts = body.available
    .filter(isRecord)
    .map((part) => formatAmount(Number(part.amount), String(part.currency)));
  return {
    id: null,
    status: "ok",
    data: trimObject(body),
    message: `Available: ${parts.join(", ") || "nothing"}.`,
  };
}

export const retrieveCharge: ToolSpec<"retrieve_charge"> = {
  title: "Retrieve charge",
  description: "Reads one charge: its amount, status and what was refunded of it. Changes nothing.",
  request: (input) => get("charges.retrieve", `/charges/${percentEncode(input.charge_id)}`),
  act: null,
  pages: 1,
  describe: (body) => describeObject(body, "charge"),
};

export const listCharges: ToolSpec<"list_charges"> = {
  title: "List charges",
  description: "Lists charges, newest first, of one customer or of all. Changes nothing.",
  request: (input) => get("charges.list", "/charges", { customer: input.customer_id, ...page(input) }),
  act: null,
  pages: 1,
  describe: (body) => describeList(body, "charge"),
};

export const retrievePaymentIntent: ToolSpec<"retrieve_payment_intent"> = {
  title: "Retrieve payment intent",
  description: "Reads one payment intent: its amount and status. Changes nothing.",
  request: (input) =>
    get("paymentIntents.retrieve", `/payment_intents/${percentEncode(input.payment_intent_id)}`),
  act: null,
  pages: 1,
  describe: (body) => describeObject(body, "payment_intent"),
};

export const listRefunds: ToolSpec<"list_refunds"> = {
  title: "List refunds",
  description: "Lists refunds, newest first, of one charge or of all. Changes nothing.",
  request: (input) => get("refunds.list", "/refunds", { charge: input.charge_id, ...page(input) }),
  act: null,
  pages: 1,
  describe: (body) => describeList(body, "refund"),
};

export const retrieveCustomer: ToolSpec<"retrieve_customer"> = {
  title: "Retrieve customer",
  description: "Reads one customer. Changes nothing.",
  request: (input) => get("customers.retrieve", `/customers/${percentEncode(input.customer_id)}`),
  act: null,
  pages: 1,
  describe: (body) => describeObject(body, "customer"),
};

export const listCustomers: ToolSpec<"list_customers"> = {
  title: "List customers",
  description: "Lists customers, newest first, or those with one email address. Changes nothing.",
  request: (input) => get("customers.list", "/customers", { email: input.email, ...page(input) }),
  act: null,
  pages: 1,
  describe: (body) => describeList(body, "customer"),
};

export const retrieveBalance: ToolSpec<"retrieve_balance"> = {
  title: "Retrieve balance",
  description: "Reads the balance of the Stripe account. Changes nothing.",
  request: () => get("balance.retrieve", "/balance"),
  act: null,
  pages: 1,
  describe: describeBalance,
};
