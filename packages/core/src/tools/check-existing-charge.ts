import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { Described, Json } from "../outcome.ts";
import { isRecord } from "../text.ts";
import { trimObject } from "./shared/describe.ts";
import { amount, billingPeriod, customerId, reference } from "./shared/fields.ts";
import { formatAmount } from "./shared/format-amount.ts";
import { CHARGE } from "./shared/objects/charge.ts";
import { type Body, readTool } from "./tool.ts";

const input = z.strictObject({
  customer_id: customerId,
  amount_cents: amount.nullable().describe("Only charges of exactly this amount. Null for any."),
  billing_period: billingPeriod,
  reference,
});

/** Matches shown to a model; more than a few say nothing more. */
const MATCHES_SHOWN = 10;

/** Whether the text holds the words by themselves: reference `12` is not in `Order 1234`. */
function mentions(text: string, wanted: string): boolean {
  const alphanumeric = /[\p{L}\p{N}]/u;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + wanted.length] ?? " ";
    if (!alphanumeric.test(before) && !alphanumeric.test(after)) return true;
  }
  return false;
}

/**
 * Whether a charge is for this period or reference. The tools write it to the metadata; a charge made by
 * other code may have it in its description alone.
 */
function names(charge: Body, field: "billing_period" | "reference", wanted: string | null): boolean {
  if (wanted === null) return true;
  const metadata = isRecord(charge.metadata) ? charge.metadata : {};
  if (metadata[field] !== undefined) return metadata[field] === wanted;
  return typeof charge.description === "string" && mentions(charge.description, wanted);
}

/** A charge that moved money or may still: pending counts, failed does not. */
function counts(charge: Body): boolean {
  return charge.status !== "failed";
}

function shown(charge: Body): Record<string, Json> {
  return trimObject(charge, CHARGE);
}

function sentence(charge: Body): string {
  const amount = formatAmount(Number(charge.amount), String(charge.currency));
  const refunded = charge.refunded === true ? ", refunded in full" : "";
  return `${String(charge.id)} (${amount}, ${String(charge.status)}${refunded})`;
}

function describe(body: Body, wanted: z.infer<typeof input>): Described | null {
  if (!Array.isArray(body.data)) return null;
  const charges = body.data.filter(isRecord).filter(counts);
  const named = charges.filter(
    (charge) =>
      names(charge, "billing_period", wanted.billing_period) && names(charge, "reference", wanted.reference),
  );
  const ofAmount = (charge: Body) => wanted.amount_cents === null || charge.amount === wanted.amount_cents;
  const found = named.filter(ofAmount);
  // Another amount for the same month or order is worth knowing before charging for it again.
  const specific = wanted.billing_period !== null || wanted.reference !== null;
  const otherAmounts = specific ? named.filter((charge) => !ofAmount(charge)) : [];
  const complete = body.has_more !== true;
  const data: Record<string, Json> = {
    found: found.length > 0,
    complete,
    charges: found.slice(0, MATCHES_SHOWN).map(shown),
    other_amounts: otherAmounts.slice(0, MATCHES_SHOWN).map(shown),
  };
  const others =
    otherAmounts.length === 0
      ? ""
      : ` There is one of another amount for the same period or reference: ${otherAmounts.slice(0, 3).map(sentence).join(", ")}. Make sure that it is not the same bill.`;
  const [first] = found;
  if (first !== undefined) {
    const pending = first.status === "pending" ? " It is pending, which counts as charged." : "";
    const message = `Found: a matching charge exists, ${found.slice(0, 3).map(sentence).join(", ")}.${pending} Do not charge again.${others}`;
    return { id: String(first.id), status: "found", data, message };
  }
  if (!complete) {
    const message = `Not certain: none of the newest ${LIMITS.searchPages * LIMITS.listMax} charges of ${wanted.customer_id} matches, but there are older ones. Ask a person before charging.${others}`;
    return { id: null, status: "incomplete", data, message };
  }
  const message = `Not found: no matching charge of ${wanted.customer_id} exists (failed charges do not count).${others}`;
  return { id: null, status: "not_found", data, message };
}

export const checkExistingCharge = readTool({
  title: "Check for an existing charge",
  description:
    "Says whether this customer was already charged for a billing period, a reference or an amount. Call it before charging when unsure. A pending charge counts as existing.",
  input,
  operation: "charges.list",
  permission: "Charges and Refunds",
  request: ({ customer_id }) => ({
    path: "/charges",
    params: { customer: customer_id, limit: LIMITS.listMax },
  }),
  pages: LIMITS.searchPages,
  describe: (body, call) => describe(body, call.input),
  simulate: (stripe, { input: { customer_id }, params }) =>
    stripe.list("charge", params, ({ customer }) => customer === customer_id),
});
