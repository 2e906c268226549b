import type { Described, Json } from "../../outcome.ts";
import { isRecord } from "../../text.ts";
import type { Body } from "../tool.ts";
import { formatAmount } from "./format-amount.ts";

/** A kind of Stripe's objects, and what of it is worth a model's attention: no secrets, no card data. */
export interface ObjectKind {
  /** Stripe's `object`: `payment_intent`. */
  readonly object: string;
  readonly fields: readonly string[];
}

function simple(field: string, value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (field === "metadata" && isRecord(value)) {
    const entries = Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(entries);
  }
  // An expanded object (customer, latest_charge …) is named by its id.
  return isRecord(value) && typeof value.id === "string" ? value.id : undefined;
}

/** The useful fields of a Stripe object, as plain JSON. */
export function trimObject(object: Body, kind: ObjectKind): Record<string, Json> {
  const trimmed: Record<string, Json> = {};
  for (const field of kind.fields) {
    const value = simple(field, object[field]);
    if (value !== undefined) trimmed[field] = value;
  }
  return trimmed;
}

/** One object that was read. Null for anything else. */
export function describeObject(body: Body, kind: ObjectKind): Described | null {
  const { id, amount, currency } = body;
  if (body.object !== kind.object || typeof id !== "string") return null;
  const status = typeof body.status === "string" ? body.status : body.deleted === true ? "deleted" : "active";
  const money = typeof amount === "number" && typeof currency === "string";
  const name = kind.object.replace("_", " ");
  return {
    id,
    status,
    ...(money ? { amount_cents: amount, currency } : {}),
    data: trimObject(body, kind),
    message: `The ${name} ${id}${money ? ` of ${formatAmount(amount, currency)}` : ""} is ${status}.`,
  };
}

/** What every object that a write makes has in common. Null for anything else. */
export function describeWrite(
  body: Body,
  kind: ObjectKind,
  sentence: (made: { id: string; amount: string; status: string }) => string,
): Described | null {
  const { id, status, amount, currency } = body;
  if (body.object !== kind.object || typeof id !== "string" || typeof status !== "string") return null;
  if (typeof amount !== "number" || typeof currency !== "string") return null;
  const message = sentence({ id, status, amount: formatAmount(amount, currency) });
  return { id, status, amount_cents: amount, currency, data: trimObject(body, kind), message };
}

/** Shared ending: what a status that is not the end means for the next step of a model. */
export function pendingNote(status: string, what: string): string {
  return status === "pending" ? ` It is pending: it is under way, so do not create another ${what}.` : "";
}
