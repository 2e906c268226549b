import type Stripe from "stripe";
import { book, type Movement } from "./balance-book.ts";
import { invalidRequest } from "./errors.ts";
import { recordEvent } from "./events.ts";
import { type Context, idOf } from "./state.ts";

/** Stripe's fee for a dispute in the United States, here for every currency. */
const DISPUTE_FEE_MINOR = 1500;
const EVIDENCE_DUE_SECONDS = 9 * 24 * 60 * 60;

const NO_EVIDENCE = Object.freeze({
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
});

function bookDispute(
  context: Context,
  dispute: Stripe.Dispute,
  amounts: Pick<Movement, "amountMinor" | "feeMinor">,
): void {
  const id = book(context, {
    ...amounts,
    currency: dispute.currency,
    description: `Chargeback for ${idOf(dispute.charge)}`,
    source: dispute.id,
    type: "adjustment",
    atOnce: true,
  });
  const transaction = context.state.balanceTransactions.get(id);
  if (transaction !== undefined) dispute.balance_transactions.push(transaction);
}

/** A card holder's bank takes a charge's money back, with a fee, until the dispute is won. */
export function openDispute(
  context: Context,
  request: { readonly charge: Stripe.Charge; readonly reason: string },
): Stripe.Dispute {
  const { charge, reason } = request;
  if (!charge.captured || charge.disputed) {
    throw invalidRequest(
      `Charge ${charge.id} cannot be disputed: it was not captured, or is disputed already.`,
    );
  }
  const amount = charge.amount_captured - (charge.amount_refunded - (charge.amount - charge.amount_captured));
  const dispute: Stripe.Dispute = {
    id: context.makeId("dispute"),
    object: "dispute",
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: context.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: { ...NO_EVIDENCE },
    evidence_details: {
      due_by: context.now + EVIDENCE_DUE_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: idOf(charge.payment_intent),
    reason,
    status: "needs_response",
  };
  context.state.disputes.add(dispute);
  charge.disputed = true;
  bookDispute(context, dispute, { amountMinor: -amount, feeMinor: DISPUTE_FEE_MINOR });
  recordEvent(context, "charge.dispute.created", dispute);
  return dispute;
}

/** Ends a dispute. Won, the money and the fee come back. */
export function endDispute(context: Context, dispute: Stripe.Dispute, end: "won" | "lost"): void {
  if (dispute.status === "won" || dispute.status === "lost") {
    throw invalidRequest("This dispute is already closed.");
  }
  dispute.status = end;
  if (end === "won") {
    bookDispute(context, dispute, { amountMinor: dispute.amount, feeMinor: -DISPUTE_FEE_MINOR });
  }
  recordEvent(context, "charge.dispute.closed", dispute);
}
