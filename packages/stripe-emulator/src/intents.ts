import type Stripe from "stripe";
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
import { captureCharge, createCharge, type Instrument } from "./payments.ts";
import { createRefund } from "./resources/refunds.ts";
import { type Context, idOf } from "./state.ts";

/** 400 `payment_intent_unexpected_state`: what was asked does not fit the intent's status. */
export function unexpectedState(message: string): StripeError {
  return invalidRequest(message, { code: "payment_intent_unexpected_state" });
}

/** How one confirmation differs from the intent's own settings. */
export interface Confirmation {
  readonly offSession: boolean;
  readonly errorOnRequiresAction: boolean;
  readonly returnUrl: string | null;
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

function decline(
  context: Context,
  intent: Stripe.PaymentIntent,
  instrument: Instrument,
  charge: string | null,
) {
  const method = context.state.paymentMethods.get(instrument.id);
  const references = { ...(charge === null ? {} : { charge }), ...(method && { payment_method: method }) };
  const error = declineError(instrument.test, references);
  intent.last_payment_error = error.body as Stripe.PaymentIntent.LastPaymentError;
  intent.status = "requires_payment_method";
  intent.payment_method = null;
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

/**
 * Confirms an intent: charges its payment method, or authorises it when capture is manual. Throws the 402 of
 * a declined card; the intent then waits for another payment method.
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
  const { authentication } = traitsOf(state, chosen.id);
  if (authentication && !confirmation.offSession && !confirmation.errorOnRequiresAction) {
    askAuthentication(context, intent, confirmation);
    return;
  }
  const instrument = authentication ? unauthenticated(chosen) : chosen;
  const capture = intent.capture_method !== "manual";
  const charge = createCharge(context, {
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
  });
  intent.latest_charge = charge.id;
  if (charge.status === "failed") throw decline(context, intent, instrument, charge.id);
  afterPayment(context, intent, chosen);
  if (capture) {
    succeed(context, intent, charge.amount);
  } else {
    intent.status = "requires_capture";
    intent.amount_capturable = intent.amount;
    recordEvent(context, "payment_intent.amount_capturable_updated", intent);
  }
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

function succeed(context: Context, intent: Stripe.PaymentIntent, receivedMinor: number): void {
  intent.status = "succeeded";
  intent.amount_capturable = 0;
  intent.amount_received = receivedMinor;
  intent.next_action = null;
  context.state.books.paymentIntent("succeeded");
  recordEvent(context, "payment_intent.succeeded", intent);
}

function latestCharge(context: Context, intent: Stripe.PaymentIntent): Stripe.Charge {
  return context.state.charges.need(idOf(intent.latest_charge) ?? "", "latest_charge");
}

/** Captures a checked amount of an authorised intent; the rest is released. */
export function captureIntent(context: Context, intent: Stripe.PaymentIntent, amountMinor: number): void {
  captureCharge(context, latestCharge(context, intent), amountMinor);
  succeed(context, intent, amountMinor);
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
}
