/** Whose money or data a call touches, for policies that allow a list of customers. */
import type { CustomerQuestion } from "../vendor.ts";
import { encodeForm, hasParam, type Params, textParam } from "./form.ts";
import { isObjectId } from "./ids.ts";
import { OPERATIONS } from "./operation.ts";

/** Operations whose `customer` parameter says it all: they create for, or filter by, this customer. */
const NAMED_BY_PARAMETER: ReadonlySet<string> = new Set(
  `
  charges.create charges.list paymentIntents.create paymentIntents.list setupIntents.create setupIntents.list
  invoices.create invoices.list invoices.createPreview invoiceItems.create invoiceItems.list
  subscriptions.create subscriptions.list subscriptionSchedules.create subscriptionSchedules.list
  checkout.sessions.create checkout.sessions.list creditNotes.list quotes.create quotes.list
  paymentMethods.list promotionCodes.create promotionCodes.list customerSessions.create
  ephemeralKeys.create billingPortal.sessions.create billing.creditGrants.create billing.creditGrants.list
  `
    .trim()
    .split(/\s+/),
);

interface Collection {
  /** Path below /v1/. */
  readonly path: string;
  /** Fields to expand because the customer stands one object further. */
  readonly through?: readonly string[];
}

const CHARGES: Collection = { path: "charges" };
const INTENTS: Collection = { path: "payment_intents" };
const INVOICES: Collection = { path: "invoices" };

/** Resources whose objects know their customer. */
const COLLECTIONS: ReadonlyMap<string, Collection> = new Map(
  Object.entries({
    charges: CHARGES,
    paymentIntents: INTENTS,
    invoices: INVOICES,
    invoiceItems: { path: "invoiceitems" },
    subscriptions: { path: "subscriptions" },
    subscriptionSchedules: { path: "subscription_schedules" },
    setupIntents: { path: "setup_intents" },
    paymentMethods: { path: "payment_methods" },
    creditNotes: { path: "credit_notes" },
    quotes: { path: "quotes" },
    "checkout.sessions": { path: "checkout/sessions" },
    refunds: { path: "refunds", through: ["charge", "payment_intent"] },
    disputes: { path: "disputes", through: ["charge", "payment_intent"] },
  }),
);

/** Operations that name the object they are about in a parameter. */
const ABOUT_PARAMETER: ReadonlyMap<string, Readonly<Record<string, Collection>>> = new Map(
  Object.entries({
    "refunds.create": { charge: CHARGES, payment_intent: INTENTS },
    "refunds.list": { charge: CHARGES, payment_intent: INTENTS },
    "disputes.list": { charge: CHARGES, payment_intent: INTENTS },
    "creditNotes.create": { invoice: INVOICES },
    "creditNotes.preview": { invoice: INVOICES },
  }),
);

/** A means of payment has no owner before it is attached, and nothing that was paid comes with it. */
const ADOPTS: ReadonlySet<string> = new Set(["paymentMethods.attach"]);

const NONE: CustomerQuestion = { kind: "none" };

/**
 * The customer of a call, from its path, its parameters (body or parsed query), or a look-up. A call that
 * names a customer twice must say the same twice. `customer_account` is another way of naming, which no list
 * of `cus_…` ids covers.
 */
export function customerOf(call: {
  operation: string;
  params: Params;
  pathParams: readonly string[];
}): CustomerQuestion {
  const { operation, params, pathParams } = call;
  if (!OPERATIONS.has(operation) || hasParam(params, "customer_account")) return NONE;
  const named = textParam(params, "customer") ?? null;
  if (hasParam(params, "customer") && (named === null || !isObjectId(named))) return NONE;
  const [id] = pathParams;
  const resource = operation.slice(0, operation.lastIndexOf("."));
  if (resource === "customers") {
    return id !== undefined && (named === null || named === id) ? { kind: "named", id } : NONE;
  }
  if (id !== undefined) {
    const collection = COLLECTIONS.get(resource);
    return collection === undefined
      ? NONE
      : lookUpCustomer(collection, id, { named, adopts: ADOPTS.has(operation) });
  }
  const about = ABOUT_PARAMETER.get(operation);
  if (about !== undefined) return customerOfParameter(call, about, named);
  return NAMED_BY_PARAMETER.has(operation) && named !== null ? { kind: "named", id: named } : NONE;
}

function customerOfParameter(
  { operation, params }: { operation: string; params: Params },
  about: Readonly<Record<string, Collection>>,
  named: string | null,
): CustomerQuestion {
  const given = Object.entries(about).filter(([name]) => hasParam(params, name));
  const [first] = given;
  if (first === undefined) {
    // A refund out of a cash balance names its customer outright.
    const isBalanceRefund =
      operation === "refunds.create" && textParam(params, "origin") === "customer_balance";
    return isBalanceRefund && named !== null ? { kind: "named", id: named } : NONE;
  }
  const id = textParam(params, first[0]);
  return given.length === 1 && id !== undefined
    ? lookUpCustomer(first[1], id, { named, adopts: false })
    : NONE;
}

interface Naming {
  readonly named: string | null;
  readonly adopts: boolean;
}

/**
 * An object without an owner belongs to nobody, even when the call names one for it: a guest's payment would become an
 * allowed customer's, and could be refunded.
 */
function lookUpCustomer(collection: Collection, id: string, { named, adopts }: Naming): CustomerQuestion {
  if (!isObjectId(id)) return NONE;
  const through = collection.through ?? [];
  const query = through.length === 0 ? "" : `?${encodeForm({ expand: [...through] })}`;
  return {
    kind: "lookup",
    path: `/v1/${collection.path}/${encodeURIComponent(id)}${query}`,
    next: (answer) => {
      if (field(answer, "id") !== id) return null;
      const sources = through.length === 0 ? [answer] : through.map((name) => field(answer, name));
      const owners = new Set(sources.map(ownerOf).filter((owner) => owner !== null));
      if (owners.size === 0 && !adopts) return null;
      if (named !== null) owners.add(named);
      const [owner] = owners;
      return owners.size === 1 && owner !== undefined ? owner : null;
    },
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The `customer` of an object, expanded or not. */
function ownerOf(object: unknown): string | null {
  const customer = field(object, "customer");
  const id = typeof customer === "string" ? customer : field(customer, "id");
  return typeof id === "string" && isObjectId(id) ? id : null;
}
