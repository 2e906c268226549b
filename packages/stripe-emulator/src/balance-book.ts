import type Stripe from "stripe";
import type { Context, State } from "./state.ts";

const DAY_SECONDS = 24 * 60 * 60;
/** Stripe pays out two days later, at midnight UTC. */
const SETTLEMENT_DAYS = 2;

/** One change of an account's balance, in the currency's smallest unit. */
export interface Movement {
  /** Negative when money leaves. */
  readonly amountMinor: number;
  /** What Stripe keeps. */
  readonly feeMinor: number;
  /** What the platform keeps of a connected account's payment. */
  readonly applicationFeeMinor?: number;
  readonly currency: string;
  readonly description: string | null;
  readonly source: string;
  readonly type:
    | "adjustment"
    | "application_fee"
    | "application_fee_refund"
    | "charge"
    | "payment"
    | "payment_refund"
    | "payout"
    | "payout_cancel"
    | "payout_failure"
    | "refund"
    | "transfer"
    | "transfer_refund";
  /** The money is there now, not two days later. */
  readonly atOnce?: boolean;
}

function feeDetails(movement: Movement): Stripe.BalanceTransaction.FeeDetail[] {
  const { currency, feeMinor, applicationFeeMinor = 0 } = movement;
  const details: Stripe.BalanceTransaction.FeeDetail[] = [];
  if (feeMinor !== 0) {
    const description = "Stripe processing fees";
    details.push({ amount: feeMinor, application: null, currency, description, type: "stripe_fee" });
  }
  if (applicationFeeMinor !== 0) {
    const description = "KEYBRAKE EMULATOR application fee";
    const amount = applicationFeeMinor;
    details.push({ amount, application: null, currency, description, type: "application_fee" });
  }
  return details;
}

/** Writes one balance transaction of an account, the request's own unless told, and returns its id. */
export function book(context: Context, movement: Movement, state: State = context.state): string {
  const { amountMinor, currency } = movement;
  const feeMinor = movement.feeMinor + (movement.applicationFeeMinor ?? 0);
  const day = Math.ceil(context.now / DAY_SECONDS) + SETTLEMENT_DAYS;
  const transaction: Stripe.BalanceTransaction = {
    id: context.makeId("balanceTransaction"),
    object: "balance_transaction",
    amount: amountMinor,
    available_on: movement.atOnce ? context.now : day * DAY_SECONDS,
    balance_type: "payments",
    created: context.now,
    currency,
    description: movement.description,
    exchange_rate: null,
    fee: feeMinor,
    fee_details: feeDetails(movement),
    net: amountMinor - feeMinor,
    reporting_category: movement.type,
    source: movement.source,
    status: "pending",
    type: movement.type,
  };
  state.balanceTransactions.add(transaction);
  state.books.moved(transaction);
  return transaction.id;
}

/** A balance transaction with its status at a moment: pending until `available_on`. */
export function showBalanceTransaction(
  transaction: Stripe.BalanceTransaction,
  now: number,
): Stripe.BalanceTransaction {
  return transaction.available_on > now ? transaction : { ...transaction, status: "available" };
}
