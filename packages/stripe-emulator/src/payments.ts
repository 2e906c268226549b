import type Stripe from "stripe";
import { book } from "./balance-book.ts";
import type { Decline } from "./cards.ts";
import { AUTHORISATION_SECONDS, type ChargeRequest, newCharge } from "./charge-object.ts";
import { makeTransfer, takeApplicationFee } from "./connect.ts";
import { openDispute } from "./disputes.ts";
import { recordEvent } from "./events.ts";
import { chargeFeeMinor } from "./money.ts";
import { type Context, idOf } from "./state.ts";

/** Makes a charge, failed if its card declines, and books it. The caller answers for the failure. */
export function createCharge(context: Context, request: ChargeRequest): Stripe.Charge {
  const { state } = context;
  const charge = newCharge(context, request);
  state.charges.add(charge);
  state.books.chargeCreated(charge);
  if (charge.status === "failed") {
    recordEvent(context, "charge.failed", charge);
    return charge;
  }
  if (charge.status === "pending") {
    recordEvent(context, "charge.pending", charge);
    return charge;
  }
  if (request.capture) takeMoney(context, charge, charge.amount);
  else context.later(context.now + AUTHORISATION_SECONDS, (then) => expireCharge(then, charge));
  recordEvent(context, "charge.succeeded", charge);
  if (request.instrument.test.disputed && charge.captured)
    openDispute(context, { charge, reason: "fraudulent" });
  return charge;
}

/** A bank's answer to a pending charge: null when it paid. */
export function settleCharge(context: Context, charge: Stripe.Charge, failure: Decline | null): void {
  if (failure === null) {
    charge.status = "succeeded";
    charge.paid = true;
    context.state.books.chargeSettled(charge);
    takeMoney(context, charge, charge.amount);
    recordEvent(context, "charge.succeeded", charge);
    return;
  }
  charge.status = "failed";
  charge.failure_code = failure.code;
  charge.failure_message = failure.message;
  context.state.books.chargeSettled(charge);
  recordEvent(context, "charge.failed", charge);
}

/** Captures an authorised charge; what is not captured is released at once. */
export function captureCharge(context: Context, charge: Stripe.Charge, amountMinor: number): void {
  takeMoney(context, charge, amountMinor);
  charge.amount_refunded = charge.amount - amountMinor;
  recordEvent(context, "charge.captured", charge);
}

/** Gives an authorisation up: nothing was taken, so nothing goes back. */
export function releaseCharge(context: Context, charge: Stripe.Charge): void {
  charge.amount_refunded = charge.amount;
  charge.refunded = true;
  recordEvent(context, "charge.expired", charge);
}

/** A payment intent's charge is given up with its intent. */
function expireCharge(context: Context, charge: Stripe.Charge): void {
  if (charge.captured || charge.refunded || charge.payment_intent !== null) return;
  releaseCharge(context, charge);
}

function takeMoney(context: Context, charge: Stripe.Charge, amountMinor: number): void {
  const { state } = context;
  charge.captured = true;
  charge.amount_captured = amountMinor;
  const destination = idOf(charge.transfer_data?.destination);
  const feeMinor = Math.min(charge.application_fee_amount ?? 0, amountMinor);
  const isDirect = destination === null && feeMinor > 0;
  charge.balance_transaction = book(context, {
    amountMinor,
    feeMinor: chargeFeeMinor(amountMinor),
    applicationFeeMinor: isDirect ? feeMinor : 0,
    currency: charge.currency,
    description: charge.description,
    source: charge.id,
    type: "charge",
    atOnce: state.instrumentTraits.get(String(charge.payment_method))?.bypassPending ?? false,
  });
  state.books.captured(charge, amountMinor);
  if (feeMinor > 0) {
    const payer = destination ?? state.accountId;
    charge.application_fee = takeApplicationFee(context, { charge, amountMinor: feeMinor, payer }).id;
  }
  if (destination === null) return;
  const transferMinor = Math.min(charge.transfer_data?.amount ?? amountMinor, amountMinor);
  charge.transfer_group ??= `group_${charge.id}`;
  charge.transfer = makeTransfer(context, {
    amountMinor: transferMinor,
    applicationFeeMinor: feeMinor,
    currency: charge.currency,
    destination,
    description: null,
    metadata: {},
    sourceCharge: charge.id,
    transferGroup: charge.transfer_group,
  }).id;
}
