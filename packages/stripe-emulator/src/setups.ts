import type Stripe from "stripe";
import { invalidRequest } from "./errors.ts";
import { recordEvent } from "./events.ts";
import { declineError } from "./instruments.ts";
import { attachPaymentMethod, traitsOf } from "./payment-sources.ts";
import { type Context, idOf } from "./state.ts";

/**
 * Confirms a setup: its payment method becomes the customer's. Throws the 402 of a declined card, with the
 * setup in it, which can still be confirmed with another one.
 */
export function confirmSetup(
  context: Context,
  intent: Stripe.SetupIntent,
  payer: { readonly authenticated: boolean },
): void {
  const { state } = context;
  const methodId = idOf(intent.payment_method);
  if (intent.status === "succeeded" || intent.status === "canceled" || methodId === null) {
    throw invalidRequest(`You cannot confirm this SetupIntent because it has a status of ${intent.status}.`, {
      code: "setup_intent_unexpected_state",
    });
  }
  const method = state.paymentMethods.need(methodId, "payment_method");
  const test = traitsOf(state, methodId);
  if (test.type === "card" && test.decline !== null && !test.attachable) {
    const error = declineError(test, { payment_method: method });
    intent.last_setup_error = error.body as Stripe.SetupIntent.LastSetupError;
    intent.status = "requires_payment_method";
    intent.payment_method = null;
    recordEvent(context, "setup_intent.setup_failed", intent);
    throw declineError(test, { payment_method: method, setup_intent: { ...intent } });
  }
  if (test.authentication && !payer.authenticated) {
    intent.status = "requires_action";
    intent.next_action = { type: "use_stripe_sdk", use_stripe_sdk: { type: "three_d_secure_redirect" } };
    recordEvent(context, "setup_intent.requires_action", intent);
    return;
  }
  intent.status = "succeeded";
  intent.next_action = null;
  intent.last_setup_error = null;
  const customer = idOf(intent.customer);
  if (customer !== null && method.customer === null) attachPaymentMethod(state, method, customer);
  recordEvent(context, "setup_intent.succeeded", intent);
}
