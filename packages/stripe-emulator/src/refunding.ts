import type Stripe from "stripe";
import { book } from "./balance-book.ts";
import { refundApplicationFee, reverseTransfer } from "./connect.ts";
import { recordEvent } from "./events.ts";
import type { Metadata } from "./metadata.ts";
import { type Context, idOf } from "./state.ts";

/** A bank account gets its money back days later. */
const BANK_REFUND_SECONDS = 5 * 24 * 60 * 60;

export interface RefundRequest {
  readonly charge: Stripe.Charge;
  readonly amountMinor: number;
  readonly reason: string | null;
  readonly metadata: Metadata;
  /** Also gives back the same share of the application fee. */
  readonly refundApplicationFee?: boolean;
  /** Also takes back the same share of what was handed on to a connected account. */
  readonly reverseTransfer?: boolean;
}

/** The same share of `whole` as `amountMinor` is of the charge, rounded down as Stripe does. */
function shareOf(whole: number, charge: Stripe.Charge, amountMinor: number): number {
  return Number((BigInt(whole) * BigInt(amountMinor)) / BigInt(charge.amount_captured));
}

/** What goes back along with a refund, between the platform and the connected account. */
function shareRefund(context: Context, refund: Stripe.Refund, request: RefundRequest): void {
  const { charge, amountMinor } = request;
  const { state, platform } = context;
  const transfer = state.transfers.get(idOf(charge.transfer) ?? "");
  if (request.reverseTransfer && transfer !== undefined) {
    const share = Math.min(
      shareOf(transfer.amount, charge, amountMinor),
      transfer.amount - transfer.amount_reversed,
    );
    if (share > 0) {
      const metadata = {};
      const reversal = reverseTransfer(context, transfer, {
        amountMinor: share,
        metadata,
        sourceRefund: refund.id,
        description: null,
      });
      refund.transfer_reversal = reversal.id;
    }
  }
  const fee = platform.applicationFees.get(idOf(charge.application_fee) ?? "");
  if (!request.refundApplicationFee || fee === undefined) return;
  const share = Math.min(shareOf(fee.amount, charge, amountMinor), fee.amount - fee.amount_refunded);
  if (share > 0) refundApplicationFee(context, fee, { amountMinor: share, metadata: {} });
}

/** Refunds a checked amount of a charge; of a charge that was not captured, it releases the authorisation. */
export function createRefund(context: Context, request: RefundRequest): Stripe.Refund {
  const { charge, amountMinor } = request;
  const { state } = context;
  const id = context.makeId("refund");
  const isCard = charge.payment_method_details?.type === "card";
  const refund: Stripe.Refund = {
    id,
    object: "refund",
    amount: amountMinor,
    balance_transaction: charge.captured
      ? book(context, {
          amountMinor: -amountMinor,
          feeMinor: 0,
          currency: charge.currency,
          description: `REFUND FOR CHARGE${charge.description === null ? "" : ` (${charge.description})`}`,
          source: id,
          type: "refund",
        })
      : null,
    charge: charge.id,
    created: context.now,
    currency: charge.currency,
    customer: idOf(charge.customer),
    customer_account: null,
    destination_details: isCard
      ? { card: { type: charge.captured ? "refund" : "reversal" }, type: "card" }
      : { us_bank_transfer: { reference: null, reference_status: "pending" }, type: "us_bank_transfer" },
    metadata: request.metadata,
    payment_intent: idOf(charge.payment_intent),
    payment_method: charge.payment_method,
    reason: request.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isCard ? "succeeded" : "pending",
    transfer_reversal: null,
  };
  state.refunds.add(refund);
  charge.amount_refunded += amountMinor;
  charge.refunded = charge.amount_refunded === charge.amount;
  state.books.refunded(charge, charge.captured ? amountMinor : 0);
  if (charge.captured) shareRefund(context, refund, request);
  if (!isCard) {
    context.later(context.now + BANK_REFUND_SECONDS, () => {
      refund.status = "succeeded";
    });
  }
  recordEvent(context, "refund.created", refund);
  recordEvent(context, "charge.refunded", charge);
  return refund;
}
