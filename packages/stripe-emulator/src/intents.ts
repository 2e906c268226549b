import type Stripe from "stripe";
import type { Decline, TestInstrument } from "./cards.ts";
import {
  AUTHORISATION_SECONDS,
  type ChargeRequest,
  type ConnectTerms,
  type Instrument,
} from "./charge-object.ts";
import { invalidRequest, type StripeError } from "./errors.ts";
import { recordEvent } from "./events.ts";
import { declineError } from "./instruments.ts";
import {
  attachPaymentMethod,
  cardInstrument,
  checkUsable,
  methodInstrument,
  needPaymentMethod,
  traitsOf,
} from "./payment-sources.ts";
import { captureCharge, createCharge, settleCharge } from "./payments.ts";
import { createRefund } from "./refunding.ts";
import { type Context, type IntentEnd, idOf } from "./state.ts";

/** 400 `payment_intent_unexpected_state`: what was asked does not fit the intent's status. */
export function unexpectedState(message: string): StripeError {
  return invalidRequest(message, { code: "payment_intent_unexpected_state" });
}

/** How one confirmation differs from the intent's own settings. */
export interface Confirmation {
  readonly offSession: boolean;
  readonly errorOnRequiresAction: boolean;
  readonly returnUrl: string | null;
  /** The payer is there and passes every authentication. */
  readonly authenticated?: boolean;
}

/** Finds a payment method that an intent of this customer may use; a test id makes a new one. */
export function usablePaymentMethod(
  context: Context,
  use: { readonly id: string; readonly customer: string | null },
): Stripe.PaymentMethod {
  const method = needPaymentMethod(context, use.id, "payment_method");
  checkUsable(context.state, method, use.customer);
  return method;
}

/** Sets a checked payment method; the intent waits for confirmation then. */
export function setPaymentMethod(intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod | null): void {
  if (method === null) return;
  intent.payment_method = method.id;
  if (intent.status === "requires_payment_method") intent.status = "requires_confirmation";
}

function instrumentOf(context: Context, intent: Stripe.PaymentIntent): Instrument {
  const { state } = context;
  const methodId = idOf(intent.payment_method);
  if (methodId !== null) {
    const method = state.paymentMethods.need(methodId, "payment_method");
    checkUsable(state, method, idOf(intent.customer));
    return methodInstrument(state, method);
  }
  // Stripe eases the way from the Charges API: without a payment method, the customer's default source pays.
  const customerId = idOf(intent.customer);
  const source = customerId === null ? null : idOf(state.customers.get(customerId)?.default_source);
  const card = source === null ? undefined : state.cards.get(source);
  if (card !== undefined) return cardInstrument(state, card);
  throw unexpectedState(
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
  );
}

/** Stripe's `client_secret` stays payable after a decline: the error carries the intent, alive. */
function decline(
  context: Context,
  intent: Stripe.PaymentIntent,
  instrument: { readonly id: string; readonly test: TestInstrument },
  charge: string | null,
): StripeError {
  const method = context.state.paymentMethods.get(instrument.id);
  const references = { ...(charge === null ? {} : { charge }), ...(method && { payment_method: method }) };
  const error = declineError(instrument.test, references);
  intent.last_payment_error = error.body as Stripe.PaymentIntent.LastPaymentError;
  intent.status = "requires_payment_method";
  intent.payment_method = null;
  intent.processing = null;
  recordEvent(context, "payment_intent.payment_failed", intent);
  // A copy: last_payment_error must not contain the intent that contains it.
  return declineError(instrument.test, { ...references, payment_intent: { ...intent } });
}

function askAuthentication(context: Context, intent: Stripe.PaymentIntent, confirmation: Confirmation): void {
  intent.status = "requires_action";
  intent.next_action =
    confirmation.returnUrl === null
      ? { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } }
      : {
          type: "redirect_to_url",
          redirect_to_url: {
            return_url: confirmation.returnUrl,
            url: `https://emulator.invalid/3ds/${intent.id}`,
          },
        };
  recordEvent(context, "payment_intent.requires_action", intent);
}

/** The card as a decliner, when nobody is there to authenticate. */
function unauthenticated(instrument: Instrument): Instrument {
  const failure = {
    code: "authentication_required",
    declineCode: "authentication_required",
    message: "Your card was declined. This transaction requires authentication.",
  };
  return { ...instrument, test: { ...instrument.test, decline: failure } };
}

function connectOf(intent: Stripe.PaymentIntent): ConnectTerms {
  return {
    applicationFeeMinor: intent.application_fee_amount,
    destination: idOf(intent.transfer_data?.destination),
    transferMinor: intent.transfer_data?.amount ?? null,
    onBehalfOf: idOf(intent.on_behalf_of),
  };
}

function chargeRequest(
  intent: Stripe.PaymentIntent,
  instrument: Instrument,
  capture: boolean,
): ChargeRequest {
  return {
    amountMinor: intent.amount,
    currency: intent.currency,
    capture,
    customer: idOf(intent.customer),
    instrument,
    paymentIntent: intent.id,
    description: intent.description,
    metadata: { ...intent.metadata },
    receiptEmail: intent.receipt_email,
    shipping: intent.shipping as Stripe.Charge.Shipping | null,
    statementDescriptor: intent.statement_descriptor,
    statementDescriptorSuffix: intent.statement_descriptor_suffix,
    transferGroup: intent.transfer_group,
    connect: connectOf(intent),
  };
}

/**
 * Confirms an intent: charges its payment method, or authorises it when capture is manual. Throws the 402 of
 * a declined card; the intent then waits for another payment method. A bank account takes days: the intent is
 * `processing` until `settleIntent`.
 */
export function confirmIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  confirmation: Confirmation,
): void {
  const { state } = context;
  const chosen = instrumentOf(context, intent);
  intent.last_payment_error = null;
  if (chosen.card !== null) intent.source = chosen.id;
  const authentication = traitsOf(state, chosen.id).authentication && !confirmation.authenticated;
  if (authentication && !confirmation.offSession && !confirmation.errorOnRequiresAction) {
    askAuthentication(context, intent, confirmation);
    return;
  }
  const instrument = authentication ? unauthenticated(chosen) : chosen;
  const isBank = instrument.test.type !== "card";
  const capture = isBank || intent.capture_method !== "manual";
  const charge = createCharge(context, chargeRequest(intent, instrument, capture));
  intent.latest_charge = charge.id;
  intent.next_action = null;
  if (charge.status === "failed") throw decline(context, intent, instrument, charge.id);
  afterPayment(context, intent, chosen);
  if (isBank) {
    intent.status = "processing";
    recordEvent(context, "payment_intent.processing", intent);
  } else if (capture) {
    succeed(context, intent, charge.amount);
  } else {
    authorised(context, intent);
  }
}

function authorised(context: Context, intent: Stripe.PaymentIntent): void {
  intent.status = "requires_capture";
  intent.amount_capturable = intent.amount;
  recordEvent(context, "payment_intent.amount_capturable_updated", intent);
  context.later(context.now + AUTHORISATION_SECONDS, (then) => {
    if (intent.status === "requires_capture") cancelIntent(then, intent, "automatic");
  });
}

/** A payment method used without a customer is spent; with `setup_future_usage` it stays with the customer. */
function afterPayment(context: Context, intent: Stripe.PaymentIntent, instrument: Instrument): void {
  const { state } = context;
  const method = state.paymentMethods.get(instrument.id);
  if (method === undefined || method.customer !== null) return;
  const customer = idOf(intent.customer);
  if (customer !== null && intent.setup_future_usage !== null) attachPaymentMethod(state, method, customer);
  else state.spentPaymentMethods.add(method.id);
}

function end(context: Context, intent: Stripe.PaymentIntent, how: IntentEnd): void {
  context.state.intentFollowUps.get(intent.id)?.(context, intent, how);
}

function succeed(context: Context, intent: Stripe.PaymentIntent, receivedMinor: number): void {
  intent.status = "succeeded";
  intent.amount_capturable = 0;
  intent.amount_received = receivedMinor;
  intent.next_action = null;
  context.state.books.paymentIntent("succeeded");
  recordEvent(context, "payment_intent.succeeded", intent);
  end(context, intent, "succeeded");
}

function latestCharge(context: Context, intent: Stripe.PaymentIntent): Stripe.Charge {
  return context.state.charges.need(idOf(intent.latest_charge) ?? "", "latest_charge");
}

/** The bank's answer to a `processing` intent: null when it paid. */
export function settleIntent(context: Context, intent: Stripe.PaymentIntent, failure: Decline | null): void {
  if (intent.status !== "processing") {
    throw unexpectedState(`This PaymentIntent has a status of ${intent.status}: no bank owes an answer.`);
  }
  const charge = latestCharge(context, intent);
  settleCharge(context, charge, failure);
  if (failure === null) {
    succeed(context, intent, charge.amount);
    return;
  }
  const id = String(charge.payment_method);
  decline(context, intent, { id, test: { ...traitsOf(context.state, id), decline: failure } }, charge.id);
  end(context, intent, "failed");
}

/** Captures a checked amount of an authorised intent; the rest is released. */
export function captureIntent(context: Context, intent: Stripe.PaymentIntent, amountMinor: number): void {
  const charge = latestCharge(context, intent);
  charge.application_fee_amount = intent.application_fee_amount;
  captureCharge(context, charge, amountMinor);
  succeed(context, intent, amountMinor);
}

/** Raises an authorisation to a new total. */
export function incrementIntent(context: Context, intent: Stripe.PaymentIntent, totalMinor: number): void {
  const charge = latestCharge(context, intent);
  context.state.books.incremented(charge, totalMinor - charge.amount);
  charge.amount = totalMinor;
  intent.amount = totalMinor;
  intent.amount_capturable = totalMinor;
  recordEvent(context, "payment_intent.amount_capturable_updated", intent);
}

/** Cancels an intent in a status that allows it; an authorisation is released. */
export function cancelIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
): void {
  if (intent.status === "requires_capture") {
    const charge = latestCharge(context, intent);
    createRefund(context, { charge, amountMinor: charge.amount, reason: null, metadata: {} });
  }
  intent.status = "canceled";
  intent.canceled_at = context.now;
  intent.cancellation_reason = reason;
  intent.amount_capturable = 0;
  intent.next_action = null;
  context.state.books.paymentIntent("canceled");
  recordEvent(context, "payment_intent.canceled", intent);
  end(context, intent, "canceled");
}
