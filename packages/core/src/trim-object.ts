import type { Json } from "./outcome.ts";
import { isRecord } from "./text.ts";

/** What is worth a model's attention, by Stripe's `object`. Secrets (`client_secret`) and card data stay out. */
const USEFUL_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    charge: [
      "id",
      "object",
      "amount",
      "amount_captured",
      "amount_refunded",
      "captured",
      "created",
      "currency",
      "customer",
      "description",
      "disputed",
      "failure_code",
      "failure_message",
      "metadata",
      "paid",
      "payment_intent",
      "refunded",
      "status",
    ],
    payment_intent: [
      "id",
      "object",
      "amount",
      "amount_capturable",
      "amount_received",
      "created",
      "currency",
      "customer",
      "description",
      "latest_charge",
      "metadata",
      "status",
    ],
    refund: [
      "id",
      "object",
      "amount",
      "charge",
      "created",
      "currency",
      "failure_reason",
      "metadata",
      "payment_intent",
      "reason",
      "status",
    ],
    customer: [
      "id",
      "object",
      "balance",
      "created",
      "currency",
      "deleted",
      "delinquent",
      "description",
      "email",
      "metadata",
      "name",
    ],
    balance: ["object", "available", "pending", "livemode"],
  }),
);

function simple(field: string, value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (field === "metadata" && isRecord(value)) {
    const entries = Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(entries);
  }
  if ((field === "available" || field === "pending") && Array.isArray(value)) {
    return value
      .filter(isRecord)
      .map((part) => ({ amount: Number(part.amount), currency: String(part.currency) }));
  }
  // An expanded object (customer, latest_charge …) is named by its id.
  return isRecord(value) && typeof value.id === "string" ? value.id : undefined;
}

/** The useful fields of a Stripe object, as plain JSON. */
export function trimObject(object: Readonly<Record<string, unknown>>): Record<string, Json> {
  const trimmed: Record<string, Json> = {};
  for (const field of USEFUL_FIELDS.get(String(object.object)) ?? ["id", "object", "status"]) {
    const value = simple(field, object[field]);
    if (value !== undefined) trimmed[field] = value;
  }
  return trimmed;
}
