import type Stripe from "stripe";
import type { Decline, TestInstrument } from "./cards.ts";
import { emptyBillingDetails } from "./instruments.ts";
import type { Metadata } from "./metadata.ts";
import type { Context } from "./state.ts";

/** Stripe drops an authorisation that is not captured for seven days. */
export const AUTHORISATION_SECONDS = 7 * 24 * 60 * 60;

/** What a charge is made with: a `card_…` of the Charges API, or a `pm_…`. */
export interface Instrument {
  readonly id: string;
  readonly test: TestInstrument;
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
  readonly connect: ConnectTerms;
}

/** Who shares in a payment. */
export interface ConnectTerms {
  /** What the platform keeps of it. */
  readonly applicationFeeMinor: number | null;
  /** The connected account that the money is handed on to. */
  readonly destination: string | null;
  /** How much of it is handed on; null: all. */
  readonly transferMinor: number | null;
  readonly onBehalfOf: string | null;
}

/** A payment that nobody shares in. */
export const NOT_SHARED: ConnectTerms = Object.freeze({
  applicationFeeMinor: null,
  destination: null,
  transferMinor: null,
  onBehalfOf: null,
});

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

function methodDetails(context: Context, request: ChargeRequest): Stripe.Charge.PaymentMethodDetails {
  const { type, number } = request.instrument.test;
  const last4 = number.slice(-4);
  const fingerprint = request.instrument.fingerprint;
  if (type === "us_bank_account") {
    return {
      type,
      us_bank_account: {
        account_holder_type: "individual",
        account_type: "checking",
        bank_name: "STRIPE TEST BANK",
        fingerprint,
        last4,
        payment_reference: null,
        routing_number: "110000000",
      },
    };
  }
  if (type === "sepa_debit") {
    const country = number.slice(0, 2);
    return {
      type,
      sepa_debit: { bank_code: null, branch_code: null, country, fingerprint, last4, mandate: null },
    };
  }
  const card = cardDetails(request);
  if (!request.capture) card.capture_before = context.now + AUTHORISATION_SECONDS;
  return { type, card };
}

/** The decline of a card; a bank account's comes days later. */
function declineOf(test: TestInstrument): Decline | null {
  return test.type === "card" ? test.decline : null;
}

function outcomeOf(test: TestInstrument): Stripe.Charge.Outcome {
  const { riskLevel } = test;
  const decline = declineOf(test);
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

/** A charge as its instrument decides it: succeeded, failed, or pending when its bank takes days. */
export function newCharge(context: Context, request: ChargeRequest): Stripe.Charge {
  const { instrument } = request;
  const decline = declineOf(instrument.test);
  const isPending = instrument.test.type !== "card";
  const id = context.makeId("charge");
  return {
    id,
    object: "charge",
    amount: request.amountMinor,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: request.connect.applicationFeeMinor,
    balance_transaction: null,
    billing_details: NO_BILLING_DETAILS,
    calculated_statement_descriptor: decline === null ? "KEYBRAKE EMULATOR" : null,
    captured: false,
    created: context.now,
    currency: request.currency,
    customer: request.customer,
    description: request.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    fraud_details: {},
    livemode: false,
    metadata: request.metadata,
    on_behalf_of: request.connect.onBehalfOf,
    outcome: outcomeOf(instrument.test),
    paid: decline === null && !isPending,
    payment_intent: request.paymentIntent,
    payment_method: instrument.id,
    payment_method_details: methodDetails(context, request),
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
    status: decline !== null ? "failed" : isPending ? "pending" : "succeeded",
    transfer_data:
      request.connect.destination === null
        ? null
        : { amount: request.connect.transferMinor, destination: request.connect.destination },
    transfer_group: request.transferGroup,
  };
}
