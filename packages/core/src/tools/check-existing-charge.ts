import { z } from "zod";
import { LIMITS } from "../limits.ts";
import type { Described, Json } from "../outcome.ts";
import { isRecord } from "../text.ts";
import { trimObject } from "./shared/describe.ts";
import { amount, billingPeriod, customerId, reference } from "./shared/fields.ts";
import { formatAmount } from "./shared/format-amount.ts";
import { CHARGE } from "./shared/objects/charge.ts";
import { PAYMENT_INTENT } from "./shared/objects/payment-intent.ts";
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
 * Whether a charge or an intent is for this period or reference. The tools write it to the metadata; what other code
 * made may have it in its description alone.
 */
function names(payment: Body, field: "billing_period" | "reference", wanted: string | null): boolean {
  if (wanted === null) return true;
  const metadata = isRecord(payment.metadata) ? payment.metadata : {};
  if (metadata[field] !== undefined) return metadata[field] === wanted;
  return typeof payment.description === "string" && mentions(payment.description, wanted);
}

/** What moved money or may still: pending and unpaid count, failed and cancelled do not. */
function counts({ status }: Body): boolean {
  return status !== "failed" && status !== "canceled";
}

const isIntent = ({ object }: Body): boolean => object === PAYMENT_INTENT.object;

function shown(found: readonly Body[]): Record<string, Json>[] {
  return found
    .slice(0, MATCHES_SHOWN)
    .map((payment) => trimObject(payment, isIntent(payment) ? PAYMENT_INTENT : CHARGE));
}

function sentence(payment: Body): string {
  const amount = formatAmount(Number(payment.amount), String(payment.currency));
  const refunded = payment.refunded === true ? ", refunded in full" : "";
  return `${String(payment.id)} (${amount}, ${String(payment.status)}${refunded})`;
}

const sentences = (found: readonly Body[]): string => found.slice(0, 3).map(sentence).join(", ");

type Wanted = z.infer<typeof input>;

/** The charges for the period and reference that are asked for, and the payment intents that are not paid by one of them. */
function namedPayments(charges: readonly unknown[], intents: readonly unknown[], wanted: Wanted): Body[] {
  const named = (objects: readonly unknown[]) =>
    objects
      .filter(isRecord)
      .filter(counts)
      .filter(
        (payment) =>
          names(payment, "billing_period", wanted.billing_period) &&
          names(payment, "reference", wanted.reference),
      );
  const made = named(charges);
  const paid = new Set(made.map((charge) => charge.payment_intent));
  return [...made, ...named(intents).filter(({ id }) => !paid.has(id))];
}

/** What is found, in words. */
function foundMessage(first: Body, found: readonly Body[]): string {
  const what = isIntent(first) ? "payment intent" : "charge";
  const open =
    first.status === "succeeded"
      ? ""
      : isIntent(first)
        ? " It is not paid yet, but can be, which counts as charged."
        : ` It is ${String(first.status)}, which counts as charged.`;
  return `Found: a matching ${what} exists, ${sentences(found)}.${open} Do not charge again.`;
}

function describe(body: Body, wanted: Wanted): Described | null {
  const intents = isRecord(body.also) ? body.also : {};
  if (!Array.isArray(body.data) || !Array.isArray(intents.data)) return null;
  const named = namedPayments(body.data, intents.data, wanted);
  const ofAmount = ({ amount }: Body) => wanted.amount_cents === null || amount === wanted.amount_cents;
  const found = named.filter(ofAmount);
  // Another amount for the same month or order is worth knowing before charging for it again.
  const specific = wanted.billing_period !== null || wanted.reference !== null;
  const otherAmounts = specific ? named.filter((payment) => !ofAmount(payment)) : [];
  const complete = body.has_more !== true && intents.has_more !== true;
  const data: Record<string, Json> = {
    found: found.length > 0,
    complete,
    charges: shown(found.filter((payment) => !isIntent(payment))),
    payment_intents: shown(found.filter(isIntent)),
    other_amounts: shown(otherAmounts),
  };
  const others =
    otherAmounts.length === 0
      ? ""
      : ` There is one of another amount for the same period or reference: ${sentences(otherAmounts)}. Make sure that it is not the same bill.`;
  const [first] = found;
  if (first !== undefined) {
    return { id: String(first.id), status: "found", data, message: `${foundMessage(first, found)}${others}` };
  }
  if (!complete) {
    const newest = LIMITS.searchPages * LIMITS.listMax;
    const message = `Not certain: none of the newest ${newest} charges and ${newest} payment intents of ${wanted.customer_id} matches, but there are older ones. Ask a person before charging.${others}`;
    return { id: null, status: "incomplete", data, message };
  }
  const message = `Not found: no matching charge or payment intent of ${wanted.customer_id} exists (failed and cancelled ones do not count).${others}`;
  return { id: null, status: "not_found", data, message };
}

const params = ({ customer_id }: Wanted) => ({ customer: customer_id, limit: LIMITS.listMax });

export const checkExistingCharge = readTool({
  title: "Check for an existing charge",
  description:
    "Says whether this customer was already charged for a billing period, a reference or an amount, by a charge or by a payment intent. Call it before charging when unsure. A pending charge counts as existing, and so does a payment intent that is not paid yet.",
  input,
  operation: "charges.list",
  permission: "Charges and Refunds",
  request: (wanted) => ({ path: "/charges", params: params(wanted) }),
  // Second: what was paid between the two lists is still found, by its intent.
  also: {
    operation: "paymentIntents.list",
    permission: "PaymentIntents",
    request: (wanted) => ({ path: "/payment_intents", params: params(wanted) }),
    simulate: (stripe, { input: { customer_id }, params }) =>
      stripe.list("payment_intent", params, ({ customer }) => customer === customer_id),
  },
  pages: LIMITS.searchPages,
  describe: (body, call) => describe(body, call.input),
  simulate: (stripe, { input: { customer_id }, params }) =>
    stripe.list("charge", params, ({ customer }) => customer === customer_id),
});
