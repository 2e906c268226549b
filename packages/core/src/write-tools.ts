import type { FormParams } from "./form.ts";
import type { ActIdentity } from "./idempotency.ts";
import type { ToolInput } from "./inputs.ts";
import { formatAmount } from "./money.ts";
import type { Described, ToolSpec } from "./tool-spec.ts";
import { trimObject } from "./trim-object.ts";

type PaymentInput = ToolInput<"create_charge">;

const DEFAULT_CURRENCY = "usd";

function metadata(input: {
  readonly billing_period?: string | null;
  readonly reference: string | null;
}): FormParams {
  return { billing_period: input.billing_period ?? null, reference: input.reference };
}

function paymentIdentity(input: PaymentInput): ActIdentity {
  return {
    customer: input.customer_id,
    amount: input.amount_cents,
    currency: input.currency ?? DEFAULT_CURRENCY,
    billing_period: input.billing_period,
    reference: input.reference,
  };
}

function paymentParams(input: PaymentInput): FormParams {
  return {
    amount: input.amount_cents,
    currency: input.currency ?? DEFAULT_CURRENCY,
    customer: input.customer_id,
    description: input.description,
    metadata: metadata(input),
  };
}

/** What every object that a write makes has in common. Null for anything else. */
function describeWrite(
  body: Readonly<Record<string, unknown>>,
  object: string,
  sentence: (made: { id: string; amount: string; status: string }) => string,
): Described | null {
  const { id, status, amount, currency } = body;
  if (body.object !== object || typeof id !== "string" || typeof status !== "string") return null;
  if (typeof amount !== "number" || typeof currency !== "string") return null;
  const message = sentence({ id, status, amount: formatAmount(amount, currency) });
  return { id, status, amount_cents: amount, currency, data: trimObject(body), message };
}

/** Shared ending: what a status that is not the end means for the next step of a model. */
function pendingNote(status: string, what: string): string {
  return status === "pending" ? ` It is pending: it is under way, so do not create another ${what}.` : "";
}

export const createCharge: ToolSpec<"create_charge"> = {
  title: "Create charge",
  description:
    "Charges an existing customer once, in the amount given. Calling again with the same arguments never charges twice: it answers with the charge that was made. Look for an existing charge first when unsure. If it fails and says to stop, stop.",
  request: (input) => ({
    operation: "charges.create",
    method: "POST",
    path: "/charges",
    params: paymentParams(input),
  }),
  act: paymentIdentity,
  pages: 1,
  describe: (body, { input, replayed }) =>
    describeWrite(body, "charge", ({ id, amount, status }) =>
      replayed
        ? `This charge had already been made: ${id}, ${amount}, ${status}. Nothing was charged again.${pendingNote(status, "charge")}`
        : `Charged ${amount} to ${input.customer_id}: ${id}, ${status}.${pendingNote(status, "charge")}`,
    ),
};

export const createPaymentIntent: ToolSpec<"create_payment_intent"> = {
  title: "Create payment intent",
  description:
    "Creates a payment intent that the customer confirms later; no money moves until then. Calling again with the same arguments answers with the same payment intent.",
  request: (input) => ({
    operation: "paymentIntents.create",
    method: "POST",
    path: "/payment_intents",
    params: { ...paymentParams(input), automatic_payment_methods: { enabled: true } },
  }),
  act: paymentIdentity,
  pages: 1,
  describe: (body, { input, replayed }) =>
    describeWrite(body, "payment_intent", ({ id, amount, status }) =>
      replayed
        ? `This payment intent had already been created: ${id}, ${amount}, ${status}. Nothing new was created.`
        : `Created payment intent ${id} of ${amount} for ${input.customer_id}: ${status}. No money has moved yet.`,
    ),
};

export const createRefund: ToolSpec<"create_refund"> = {
  title: "Create refund",
  description:
    "Refunds a charge, in part or (amount_cents null) all that is left of it. Calling again with the same arguments never refunds twice: it answers with the refund that was made. If it fails and says to stop, stop.",
  request: (input) => ({
    operation: "refunds.create",
    method: "POST",
    path: "/refunds",
    params: {
      charge: input.charge_id,
      amount: input.amount_cents,
      reason: input.reason,
      metadata: metadata(input),
    },
  }),
  act: (input) => ({
    charge: input.charge_id,
    amount: input.amount_cents ?? "remainder",
    reference: input.reference,
  }),
  pages: 1,
  describe: (body, { input, replayed }) =>
    describeWrite(body, "refund", ({ id, amount, status }) =>
      replayed
        ? `This refund had already been made: ${id}, ${amount}, ${status}. Nothing was refunded again.${pendingNote(status, "refund")}`
        : `Refunded ${amount} of ${input.charge_id}: ${id}, ${status}.${pendingNote(status, "refund")}`,
    ),
};
