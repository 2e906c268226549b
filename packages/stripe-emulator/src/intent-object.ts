import type Stripe from "stripe";
import type { Context } from "./state.ts";

/** A payment intent with nothing set but what is given. It is not stored yet. */
export function newIntent(
  context: Context,
  fields: Pick<Stripe.PaymentIntent, "amount" | "currency" | "customer"> & Partial<Stripe.PaymentIntent>,
): Stripe.PaymentIntent {
  const id = context.makeId("paymentIntent");
  return {
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: { enabled: true },
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}${context.makeId("secret")}`,
    confirmation_method: "automatic",
    created: context.now,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: { enabled: false },
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...fields,
  };
}
