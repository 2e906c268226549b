import type Stripe from "stripe";
import { book } from "./balance-book.ts";
import { invalidRequest } from "./errors.ts";
import { recordEvent } from "./events.ts";
import type { Metadata } from "./metadata.ts";
import { formatMinor } from "./money.ts";
import { type Context, idOf, type State } from "./state.ts";

/** A connected account that a parameter names; 400 as Stripe answers. */
export function needConnected(context: Context, accountId: string, param: string): State {
  const connected = context.connected(accountId);
  if (connected !== undefined) return connected;
  throw invalidRequest(`No such destination: '${accountId}'`, { param, code: "resource_missing" });
}

export interface TransferRequest {
  readonly amountMinor: number;
  /** What the platform takes back of it. */
  readonly applicationFeeMinor: number;
  readonly currency: string;
  readonly destination: string;
  readonly description: string | null;
  readonly metadata: Metadata;
  /** The charge whose money is handed on, however pending it is. */
  readonly sourceCharge: string | null;
  readonly transferGroup: string | null;
}

/** Hands money on to a connected account. The caller has checked that it is there. */
export function makeTransfer(context: Context, request: TransferRequest): Stripe.Transfer {
  const { amountMinor, currency, destination } = request;
  const id = context.makeId("transfer");
  const common = { currency, description: request.description, feeMinor: 0, atOnce: true };
  const transfer: Stripe.Transfer = {
    id,
    object: "transfer",
    amount: amountMinor,
    amount_reversed: 0,
    balance_transaction: book(context, {
      ...common,
      amountMinor: -amountMinor,
      source: id,
      type: "transfer",
    }),
    created: context.now,
    currency,
    description: request.description,
    destination,
    destination_payment: context.makeId("payment"),
    livemode: false,
    metadata: request.metadata,
    reversals: { object: "list", data: [], has_more: false, url: `/v1/transfers/${id}/reversals` },
    reversed: false,
    source_transaction: request.sourceCharge,
    source_type: "card",
    transfer_group: request.transferGroup,
  };
  const received = { ...common, amountMinor, applicationFeeMinor: request.applicationFeeMinor };
  const payment = String(transfer.destination_payment);
  book(context, { ...received, source: payment, type: "payment" }, context.connected(destination));
  context.state.transfers.add(transfer);
  recordEvent(context, "transfer.created", transfer);
  return transfer;
}

/** Takes a part of a transfer back; refuses more than is left of it. */
export function reverseTransfer(
  context: Context,
  transfer: Stripe.Transfer,
  request: {
    readonly amountMinor: number;
    readonly metadata: Metadata;
    readonly sourceRefund: string | null;
    readonly description: string | null;
  },
): Stripe.TransferReversal {
  const { amountMinor } = request;
  const { currency } = transfer;
  const left = transfer.amount - transfer.amount_reversed;
  if (amountMinor > left) {
    throw invalidRequest(
      `Reversal amount (${formatMinor(amountMinor, currency)}) is greater than unreversed amount on transfer (${formatMinor(left, currency)})`,
      { param: "amount" },
    );
  }
  const id = context.makeId("transferReversal");
  const common = { currency, description: request.description, feeMinor: 0, atOnce: true };
  const reversal: Stripe.TransferReversal = {
    id,
    object: "transfer_reversal",
    amount: amountMinor,
    balance_transaction: book(context, { ...common, amountMinor, source: id, type: "transfer_refund" }),
    created: context.now,
    currency,
    destination_payment_refund: null,
    metadata: request.metadata,
    source_refund: request.sourceRefund,
    transfer: transfer.id,
  };
  const destination = context.connected(idOf(transfer.destination) ?? "");
  const source = String(transfer.destination_payment);
  book(context, { ...common, amountMinor: -amountMinor, source, type: "payment_refund" }, destination);
  context.state.transferReversals.add(reversal);
  transfer.amount_reversed += amountMinor;
  transfer.reversed = transfer.amount_reversed === transfer.amount;
  transfer.reversals.data.unshift(reversal);
  recordEvent(context, "transfer.reversed", transfer);
  return reversal;
}

/** The platform's share of a payment. What it costs its payer is in the payer's own balance transaction. */
export function takeApplicationFee(
  context: Context,
  request: { readonly charge: Stripe.Charge; readonly amountMinor: number; readonly payer: string },
): Stripe.ApplicationFee {
  const { charge, amountMinor, payer } = request;
  const { platform } = context;
  const id = context.makeId("applicationFee");
  const { currency } = charge;
  const fee: Stripe.ApplicationFee = {
    id,
    object: "application_fee",
    account: payer,
    amount: amountMinor,
    amount_refunded: 0,
    application: "ca_KeybrakeEmulator",
    balance_transaction: book(
      context,
      { amountMinor, feeMinor: 0, currency, description: null, source: id, type: "application_fee" },
      platform,
    ),
    charge: charge.id,
    created: context.now,
    currency,
    fee_source: { charge: charge.id, type: "charge" },
    livemode: false,
    originating_transaction: payer === context.state.accountId ? null : charge.id,
    refunded: false,
    refunds: { object: "list", data: [], has_more: false, url: `/v1/application_fees/${id}/refunds` },
  };
  platform.applicationFees.add(fee);
  return fee;
}

/** Gives a part of an application fee back to the account that paid it. */
export function refundApplicationFee(
  context: Context,
  fee: Stripe.ApplicationFee,
  request: { readonly amountMinor: number; readonly metadata: Metadata },
): Stripe.FeeRefund {
  const { amountMinor } = request;
  const { currency } = fee;
  const left = fee.amount - fee.amount_refunded;
  if (amountMinor > left) {
    throw invalidRequest(
      `Refund amount (${formatMinor(amountMinor, currency)}) is greater than unrefunded amount on fee (${formatMinor(left, currency)})`,
      { param: "amount" },
    );
  }
  const { platform } = context;
  const id = context.makeId("feeRefund");
  const common = { currency, description: null, feeMinor: 0, type: "application_fee_refund" } as const;
  const refund: Stripe.FeeRefund = {
    id,
    object: "fee_refund",
    amount: amountMinor,
    balance_transaction: book(context, { ...common, amountMinor: -amountMinor, source: id }, platform),
    created: context.now,
    currency,
    fee: fee.id,
    metadata: request.metadata,
  };
  book(context, { ...common, amountMinor, source: id }, context.connected(idOf(fee.account) ?? ""));
  platform.feeRefunds.add(refund);
  fee.amount_refunded += amountMinor;
  fee.refunded = fee.amount_refunded === fee.amount;
  fee.refunds.data.unshift(refund);
  recordEvent(context, "application_fee.refunded", fee);
  return refund;
}
