import type Stripe from "stripe";
import type { Context } from "../state.ts";

/** A page lives for a day unless it is told otherwise. */
export const SESSION_SECONDS = 24 * 60 * 60;

const NO_CUSTOM_TEXT = {
  after_submit: null,
  shipping_address: null,
  submit: null,
  terms_of_service_acceptance: null,
};

/** An open page with nothing set but what is given. It is not stored yet. */
export function newSession(
  context: Context,
  fields: Pick<Stripe.Checkout.Session, "currency" | "mode"> & Partial<Stripe.Checkout.Session>,
): Stripe.Checkout.Session {
  const id = context.makeId("checkoutSession");
  return {
    id,
    object: "checkout.session",
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types: null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: null,
    client_reference_id: null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: context.now,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { ...NO_CUSTOM_TEXT },
    customer: null,
    customer_account: null,
    customer_creation: null,
    customer_details: null,
    customer_email: null,
    discounts: [],
    expires_at: context.now + SESSION_SECONDS,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: {},
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: "always",
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_status: "unpaid",
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: null,
    subscription: null,
    success_url: null,
    total_details: null,
    ui_mode: "hosted_page",
    url: `https://emulator.invalid/checkout/${id}`,
    wallet_options: null,
    ...fields,
  };
}

/** A payment link with nothing set but what is given. It is not stored yet. */
export function newPaymentLink(
  context: Context,
  fields: Pick<Stripe.PaymentLink, "currency"> & Partial<Stripe.PaymentLink>,
): Stripe.PaymentLink {
  const id = context.makeId("paymentLink");
  return {
    id,
    object: "payment_link",
    active: true,
    after_completion: { hosted_confirmation: { custom_message: null }, type: "hosted_confirmation" },
    allow_promotion_codes: false,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null },
    billing_address_collection: "auto",
    consent_collection: null,
    custom_fields: [],
    custom_text: { ...NO_CUSTOM_TEXT },
    customer_creation: "if_required",
    inactive_message: null,
    invoice_creation: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    on_behalf_of: null,
    payment_intent_data: null,
    payment_method_collection: "always",
    payment_method_options: null,
    payment_method_types: null,
    phone_number_collection: { enabled: false },
    restrictions: null,
    shipping_address_collection: null,
    shipping_options: [],
    submit_type: "auto",
    subscription_data: null,
    tax_id_collection: { enabled: false, required: "never" },
    transfer_data: null,
    url: `https://emulator.invalid/links/${id}`,
    ...fields,
  };
}
