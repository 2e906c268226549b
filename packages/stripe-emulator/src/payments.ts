import type Stripe from "stripe";
import type { TestCard } from "./cards.ts";
import { recordEvent } from "./events.ts";
import { emptyBillingDetails } from "./instruments.ts";
import type { Metadata } from "./metadata.ts";
import { chargeFeeMinor } from "./money.ts";
import type { Context } from "./state.ts";

/** What a charge is made with: a `card_…` of the Charges API, or a `pm_…`. */
export interface Instrument {
  readonly id: string;
  readonly test: TestCard;
  readonly card: Stripe.Card | null;
  readonly brand: string;
  readonly fingerprint: string | null;
  readonly expMonth: number;
  readonly expYear: number;
}

export interface ChargeRequest {
  readonly amountMinor: number;
  readonly currency: string;
  /** `false`: authorise only. */
  readonly capture: boolean;
  readonly customer: string | null;
  readonly instrument: Instrument;
  readonly paymentIntent: string | null;
  readonly description: string | null;
  readonly metadata: Metadata;
  readonly receiptEmail: string | null;
  readonly shipping: Stripe.Charge.Shipping | null;
  readonly statementDescriptor: string | null;
  readonly statementDescriptorSuffix: string | null;
  readonly transferGroup: string | null;
}

const DAY_SECONDS = 24 * 60 * 60;
/** Stripe pays out two days later, at midnight UTC. */
const SETTLEMENT_DAYS = 2;

/** What every charge says alike: one frozen copy for all of them, since benchmarks make millions. */
const SAME_FOR_ALL_CARDS = Object.freeze({
  authorization_code: null,
  checks: Object.freeze({ address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" }),
  country: "US",
  electronic_commerce_indicator: null,
  extended_authorization: Object.freeze({ status: "disabled" }),
  incremental_authorization: Object.freeze({ status: "unavailable" }),
  installments: null,
  mandate: null,
  multicapture: Object.freeze({ status: "unavailable" }),
  network_token: Object.freeze({ used: false }),
  network_transaction_id: null,
  regulated_status: "unregulated",
  three_d_secure: null,
  transaction_link_id: null,
  wallet: null,
});
const NO_BILLING_DETAILS = Object.freeze(emptyBillingDetails());
const PLAIN_SUCCESS: Stripe.Charge.Outcome = Object.freeze({
  advice_code: null,
  network_advice_code: null,
  network_decline_code: null,
  network_status: "approved_by_network",
  reason: null,
  risk_level: "normal",
  seller_message: "Payment complete.",
  type: "authorized",
});

function cardDetails(request: ChargeRequest): Stripe.Charge.PaymentMethodDetails.Card {
  const { instrument, amountMinor } = request;
  return {
    ...SAME_FOR_ALL_CARDS,
    amount_authorized: amountMinor,
    brand: instrument.test.brand,
    exp_month: instrument.expMonth,
    exp_year: instrument.expYear,
    fingerprint: instrument.fingerprint,
    funding: instrument.test.funding,
    last4: instrument.test.number.slice(-4),
    network: instrument.test.brand,
    overcapture: { maximum_amount_capturable: amountMinor, status: "unavailable" },
  };
}

function outcomeOf(test: TestCard): Stripe.Charge.Outcome {
  const { decline, riskLevel } = test;
  if (decline === null && riskLevel === "normal") return PLAIN_SUCCESS;
  if (decline === null) {
    return { ...PLAIN_SUCCESS, reason: "elevated_risk_level", risk_level: riskLevel, type: "manual_review" };
  }
  const blocked = riskLevel === "highest";
  return {
    ...PLAIN_SUCCESS,
    network_status: blocked ? "not_sent_to_network" : "declined_by_network",
    reason: blocked ? "highest_risk_level" : (decline.declineCode ?? decline.code),
    risk_level: riskLevel,
    seller_message: blocked
      ? "Stripe blocked this payment as too risky."
      : "The bank did not return any further details with this decline.",
    type: blocked ? "blocked" : "issuer_declined",
  };
}

function newCharge(context: Context, request: ChargeRequest): Stripe.Charge {
  const { instrument } = request;
  const { decline } = instrument.test;
  const id = context.makeId("charge");
  return {
    id,
    object: "charge",
    amount: request.amountMinor,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: NO_BILLING_DETAILS,
    calculated_statement_descriptor: decline === null ? "KEYBRAKE EMULATOR" : null,
    captured: false,
    created: context.now,
    currency: request.currency,
    customer: request.customer,
    description: request.description,
    disputed: decline === null && instrument.test.disputed,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: request.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(instrument.test),
    paid: decline === null,
    payment_intent: request.paymentIntent,
    payment_method: instrument.id,
    payment_method_details: { card: cardDetails(request), type: "card" },
    receipt_email: request.receiptEmail,
    receipt_number: null,
    receipt_url: decline === null ? `https://emulator.invalid/receipts/${id}` : null,
    refunded: false,
    review: null,
    shipping: request.shipping,
    source: instrument.card,
    source_transfer: null,
    statement_descriptor: request.statementDescriptor,
    statement_descriptor_suffix: request.statementDescriptorSuffix,
    status: decline === null ? "succeeded" : "failed",
    transfer_data: null,
    transfer_group: request.transferGroup,
  };
}

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
  if (request.capture) takeMoney(context, charge, charge.amount);
  recordEvent(context, "charge.succeeded", charge);
  return charge;
}

/** Captures an authorised charge; what is not captured is released at once. */
export function captureCharge(context: Context, charge: Stripe.Charge, amountMinor: number): void {
  takeMoney(context, charge, amountMinor);
  charge.amount_refunded = charge.amount - amountMinor;
  recordEvent(context, "charge.captured", charge);
}

function takeMoney(context: Context, charge: Stripe.Charge, amountMinor: number): void {
  charge.captured = true;
  charge.amount_captured = amountMinor;
  charge.balance_transaction = book(context, {
    amountMinor,
    feeMinor: chargeFeeMinor(amountMinor),
    currency: charge.currency,
    description: charge.description,
    source: charge.id,
    type: "charge",
  });
  context.state.books.captured(charge, amountMinor);
}

export interface Movement {
  /** Negative when money leaves. */
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly description: string | null;
  readonly source: string;
  readonly type: "charge" | "refund";
}

/** Writes one balance transaction and returns its id. */
export function book(context: Context, movement: Movement): string {
  const { feeMinor, amountMinor, currency } = movement;
  const day = Math.ceil(context.now / DAY_SECONDS) + SETTLEMENT_DAYS;
  const transaction: Stripe.BalanceTransaction = {
    id: context.makeId("balanceTransaction"),
    object: "balance_transaction",
    amount: amountMinor,
    available_on: day * DAY_SECONDS,
    balance_type: "payments",
    created: context.now,
    currency,
    description: movement.description,
    exchange_rate: null,
    fee: feeMinor,
    fee_details:
      feeMinor === 0
        ? []
        : [
            {
              amount: feeMinor,
              application: null,
              currency,
              description: "Stripe processing fees",
              type: "stripe_fee",
            },
          ],
    net: amountMinor - feeMinor,
    reporting_category: movement.type,
    source: movement.source,
    status: "pending",
    type: movement.type,
  };
  context.state.balanceTransactions.add(transaction);
  context.state.books.moved(transaction);
  return transaction.id;
}

/** A balance transaction with its status at a moment: pending until `available_on`. */
export function showBalanceTransaction(
  transaction: Stripe.BalanceTransaction,
  now: number,
): Stripe.BalanceTransaction {
  return transaction.available_on > now ? transaction : { ...transaction, status: "available" };
}
