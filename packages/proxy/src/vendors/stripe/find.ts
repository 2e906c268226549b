/** Stripe's objects, found by the stamp that the proxy put on them or looked at by their id. Look-ups alone. */
import type { Trace, TracedCall } from "../trace.ts";
import { decodeForm, type Params, textParam } from "./form.ts";
import { CALL_STAMP } from "./metadata.ts";
import { objectIdOf } from "./moved.ts";
import { OPERATIONS } from "./operation.ts";
import { isUnpaidIntent } from "./own-answer.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Objects on one page of a list, which is the most that Stripe gives. */
export const PAGE = 100;

/** Where what an operation makes is listed. */
export interface Listing {
  /** Parameters of the call that the list can be narrowed by; the first that the call has is used. */
  readonly narrowedBy: readonly string[];
  /** Further parameters of the list. */
  readonly also?: string;
  /** Whether the list can be bounded by time. */
  readonly byTime: boolean;
  /** Statuses in which the object says that nothing moved, and nothing will. */
  readonly failed?: readonly string[];
}

/** By the operation that makes the object; it is listed where it is made. All of them bear the stamp. */
export const LISTINGS: ReadonlyMap<string, Listing> = new Map(
  Object.entries<Listing>({
    "charges.create": { narrowedBy: ["customer", "transfer_group"], byTime: true, failed: ["failed"] },
    "paymentIntents.create": { narrowedBy: ["customer"], byTime: true },
    "refunds.create": {
      narrowedBy: ["charge", "payment_intent"],
      byTime: true,
      failed: ["failed", "canceled"],
    },
    "transfers.create": { narrowedBy: ["destination", "transfer_group"], byTime: true },
    "transfers.createReversal": { narrowedBy: [], byTime: false },
    "applicationFees.createRefund": { narrowedBy: [], byTime: false },
    "payouts.create": { narrowedBy: ["destination"], byTime: true, failed: ["failed", "canceled"] },
    "topups.create": { narrowedBy: [], byTime: true, failed: ["failed", "canceled"] },
    "invoices.create": { narrowedBy: ["customer", "subscription"], byTime: true },
    "invoiceItems.create": { narrowedBy: ["invoice", "customer"], byTime: true },
    "creditNotes.create": { narrowedBy: ["invoice"], byTime: true },
    "checkout.sessions.create": { narrowedBy: ["customer"], byTime: true },
    "subscriptions.create": { narrowedBy: ["customer"], also: "status=all", byTime: true },
    "subscriptionSchedules.create": { narrowedBy: ["customer"], byTime: true },
    "customers.createBalanceTransaction": { narrowedBy: [], byTime: false },
  }),
);

/** What an object shows after an operation that changed it; null: not decided yet; a text: why it cannot tell. */
type Shows = (object: Fields, params: Params) => boolean | string | null;

const hasStatus =
  (...statuses: readonly string[]): Shows =>
  ({ status }) =>
    statuses.includes(String(status));

const hasAmount: Shows = ({ amount }, params) => String(amount) === textParam(params, "amount");

const NO_FIGURE = "Stripe does not show how much was captured";

/** A charge is captured once: what was captured otherwise than asked for was captured by another call. */
const showsChargeCapture: Shows = ({ captured, amount_captured }, params) => {
  const asked = textParam(params, "amount");
  if (captured !== true || asked === undefined) return captured === true;
  return typeof amount_captured === "number" ? asked === String(amount_captured) : NO_FIGURE;
};

/** An intent may be captured part by part; less than this one asked for is never what it left. */
const showsIntentCapture: Shows = ({ status, amount_received: received }, params) => {
  if (status === "processing") return null;
  const asked = textParam(params, "amount_to_capture");
  if (status !== "succeeded" || asked === undefined || asked === String(received))
    return status === "succeeded";
  if (typeof received !== "number") return NO_FIGURE;
  return received > Number(asked) && "more was captured than this call asked for";
};

/** By the operation: it changes the object that its path names. */
const CHANGES: ReadonlyMap<string, Shows> = new Map(
  Object.entries<Shows>({
    "charges.capture": showsChargeCapture,
    "paymentIntents.capture": showsIntentCapture,
    "paymentIntents.confirm": hasStatus("succeeded", "processing", "requires_capture", "requires_action"),
    "paymentIntents.cancel": hasStatus("canceled"),
    "paymentIntents.incrementAuthorization": hasAmount,
    "refunds.cancel": hasStatus("canceled"),
    "payouts.cancel": hasStatus("canceled"),
    "invoices.finalizeInvoice": ({ status }) => status !== "draft",
    "invoices.pay": hasStatus("paid"),
    "invoices.voidInvoice": hasStatus("void"),
    "invoices.markUncollectible": hasStatus("uncollectible"),
    "subscriptions.cancel": hasStatus("canceled"),
    "checkout.sessions.expire": hasStatus("expired"),
  }),
);

/** Where an object of each kind is retrieved, by the prefix of its id. */
const RESOURCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ch: "charges",
    py: "charges",
    pi: "payment_intents",
    re: "refunds",
    pyr: "refunds",
    tr: "transfers",
    po: "payouts",
    tu: "topups",
    in: "invoices",
    ii: "invoiceitems",
    sub: "subscriptions",
    cs: "checkout/sessions",
    cn: "credit_notes",
  }),
);

/** Path of an object by its id alone; null for a kind that has none. */
export function objectPath(id: string): string | null {
  const resource = RESOURCES.get(id.slice(0, Math.max(0, id.indexOf("_"))));
  return resource === undefined || !/^[A-Za-z0-9_]+$/.test(id) ? null : `/v1/${resource}/${id}`;
}

/** How it is found out what became of a call. */
export function trace(call: TracedCall): Trace {
  if (call.state !== "awaiting" || call.objectId === null) return traceEffect(call);
  return call.objectId.startsWith("pi_") ? traceUnpaid(call.objectId) : traceApproval(call, call.objectId);
}

/** An intent that its payer may pay at any time, until it is paid or cancelled. */
function traceUnpaid(id: string): Trace {
  return {
    kind: "lookup",
    path: `/v1/payment_intents/${id}`,
    next: ({ object, missing }) => {
      if (missing) return { kind: "untraceable", reason: `Stripe knows no payment intent ${id}` };
      const { status } = fieldsOf(object);
      if (status === "canceled") return { kind: "dead", object, objectId: id };
      return status === "succeeded" ? found(object) : { kind: "pending" };
    },
  };
}

function traceEffect(call: TracedCall): Trace {
  const decoded = decodeForm(call.body ?? "");
  const params = decoded.ok ? decoded.params : {};
  const listing = LISTINGS.get(call.operation);
  if (listing !== undefined) return listFrom(call, listing, firstPage(call, listing, params));
  const shows = CHANGES.get(call.operation);
  if (shows !== undefined) return traceChange(call, shows, params);
  return {
    kind: "untraceable",
    reason: `${call.operation} leaves nothing by which Stripe could be asked for it`,
  };
}

function firstPage(call: TracedCall, { narrowedBy, also, byTime }: Listing, params: Params): string {
  const { sinceMs } = call;
  const query = [`limit=${PAGE}`];
  const name = narrowedBy.find((candidate) => textParam(params, candidate));
  if (name !== undefined) query.push(`${name}=${encodeURIComponent(textParam(params, name) ?? "")}`);
  if (byTime && sinceMs !== null) query.push(`created[gte]=${Math.max(0, Math.floor(sinceMs / 1000))}`);
  if (also !== undefined) query.push(also);
  return `${call.path}?${query.join("&")}`;
}

/** Page after page, newest first, to the one that bears the stamp of the call. */
function listFrom(call: TracedCall, listing: Listing, path: string, after?: string): Trace {
  return {
    kind: "lookup",
    path: after === undefined ? path : `${path}&starting_after=${after}`,
    next: ({ object, missing }) => {
      // What the list is narrowed by does not exist, so nothing was made for it.
      if (missing) return { kind: "absent" };
      const { data, has_more: hasMore } = fieldsOf(object);
      if (!Array.isArray(data)) return { kind: "untraceable", reason: "Stripe's list cannot be read" };
      const items = data.map(fieldsOf);
      const made = items.find(({ metadata }) => fieldsOf(metadata)[CALL_STAMP] === call.callId);
      if (made !== undefined) return foundOrFailed(made, listing);
      const last = items.at(-1)?.id;
      if (hasMore !== true) return { kind: "absent" };
      return typeof last === "string"
        ? listFrom(call, listing, path, last)
        : { kind: "untraceable", reason: "Stripe's list cannot be read" };
    },
  };
}

function foundOrFailed(made: Fields, { failed = [] }: Listing): Trace {
  return failed.includes(String(made.status)) ? { kind: "refused" } : found(made);
}

function traceChange(call: TracedCall, shows: Shows, params: Params): Trace {
  const template = OPERATIONS.get(call.operation)?.path.split("/") ?? [];
  const end = template.findLastIndex((segment) => segment.startsWith("{")) + 1;
  return {
    kind: "lookup",
    path: call.path.split("/").slice(0, end).join("/"),
    next: ({ object, missing }) => {
      if (missing) return { kind: "absent" };
      const shown = shows(fieldsOf(object), params);
      if (shown === null) return { kind: "pending" };
      if (typeof shown === "string") return { kind: "untraceable", reason: shown };
      return shown ? found(object) : { kind: "absent" };
    },
  };
}

/** Approval requests are a preview of v2 (docs.stripe.com/changelog/dahlia/2026-08-26). */
const APPROVALS_VERSION = "2026-08-26.preview";

function traceApproval(call: TracedCall, id: string): Trace {
  return {
    kind: "lookup",
    path: `/v2/core/approval_requests/${id}`,
    headers: { "stripe-version": APPROVALS_VERSION },
    next: ({ object, missing }) => {
      if (missing) return { kind: "untraceable", reason: `Stripe knows no approval request ${id}` };
      const { status, status_details: details } = fieldsOf(object);
      switch (status) {
        case "requires_review":
        case "approved":
          return { kind: "pending" };
        case "rejected":
        case "canceled":
        case "expired":
        case "failed":
          return { kind: "refused" };
        case "succeeded":
          return traceResult(call, fieldsOf(fieldsOf(fieldsOf(details).succeeded).result).id);
        default:
          return {
            kind: "untraceable",
            reason: "Stripe's approval request has a status that is not known here",
          };
      }
    },
  };
}

/** What Stripe made when the person had agreed. */
function traceResult(call: TracedCall, id: unknown): Trace {
  const path = typeof id === "string" ? objectPath(id) : null;
  if (path === null) return traceEffect(call);
  return {
    kind: "lookup",
    path,
    next: ({ object, missing }) =>
      missing
        ? { kind: "untraceable", reason: "Stripe says that it made an object, and does not show it" }
        : found(object),
  };
}

function found(object: unknown): Trace {
  return { kind: "found", object, objectId: objectIdOf(object), unpaid: isUnpaidIntent(fieldsOf(object)) };
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
