import type Stripe from "stripe";
import { TRANSFER_DATA } from "../connect-params.ts";
import { LIST_PARAMS } from "../lists.ts";
import { type ParameterSpec, unsupported } from "../params.ts";

/** `satisfies` holds these tables to the `stripe` package: a parameter it gains or loses is a type error. */
const CAPTURE_METHODS = ["automatic", "automatic_async", "manual"] as const;
const FUTURE_USAGES = "text";

export const createParams = {
  allowed_payment_method_types: "unsupported",
  amount: "integer",
  amount_details: "unsupported",
  application_fee_amount: "integer",
  automatic_payment_methods: "hash",
  capture_method: CAPTURE_METHODS,
  confirm: "boolean",
  confirmation_method: ["automatic", "manual"],
  confirmation_token: "unsupported",
  currency: "string",
  customer: "string",
  customer_account: "unsupported",
  description: "text",
  error_on_requires_action: "boolean",
  excluded_payment_method_types: "unsupported",
  expand: "expand",
  hooks: "unsupported",
  mandate: "unsupported",
  mandate_data: "hash",
  metadata: "metadata",
  off_session: "string",
  on_behalf_of: "string",
  payment_details: "unsupported",
  payment_method: "string",
  payment_method_configuration: "unsupported",
  payment_method_data: "hash",
  payment_method_options: "hash",
  payment_method_types: "strings",
  radar_options: "unsupported",
  receipt_email: "text",
  return_url: "string",
  setup_future_usage: FUTURE_USAGES,
  shipping: "hash",
  statement_descriptor: "text",
  statement_descriptor_suffix: "text",
  transfer_data: TRANSFER_DATA,
  transfer_group: "text",
  use_stripe_sdk: "boolean",
} as const satisfies Record<keyof Stripe.PaymentIntentCreateParams, unknown> & ParameterSpec;

export const updateParams = {
  allowed_payment_method_types: "unsupported",
  amount: "integer",
  amount_details: "unsupported",
  application_fee_amount: "integer",
  capture_method: CAPTURE_METHODS,
  currency: "string",
  customer: "string",
  customer_account: "unsupported",
  description: "text",
  excluded_payment_method_types: "unsupported",
  expand: "expand",
  hooks: "unsupported",
  metadata: "metadata",
  payment_details: "unsupported",
  payment_method: "string",
  payment_method_configuration: "unsupported",
  payment_method_data: "hash",
  payment_method_options: "hash",
  payment_method_types: "strings",
  receipt_email: "text",
  setup_future_usage: FUTURE_USAGES,
  shipping: "hash",
  statement_descriptor: "text",
  statement_descriptor_suffix: "text",
  transfer_data: { fields: { amount: "integer" } },
  transfer_group: "text",
} as const satisfies Record<keyof Stripe.PaymentIntentUpdateParams, unknown> & ParameterSpec;

export const confirmParams = {
  allowed_payment_method_types: "unsupported",
  amount_details: "unsupported",
  amount_to_confirm: "unsupported",
  capture_method: CAPTURE_METHODS,
  confirmation_token: "unsupported",
  error_on_requires_action: "boolean",
  excluded_payment_method_types: "unsupported",
  expand: "expand",
  hooks: "unsupported",
  mandate: "unsupported",
  mandate_data: "hash",
  off_session: "string",
  payment_details: "unsupported",
  payment_method: "string",
  payment_method_data: "hash",
  payment_method_options: "hash",
  payment_method_types: "strings",
  radar_options: "unsupported",
  receipt_email: "text",
  return_url: "string",
  setup_future_usage: FUTURE_USAGES,
  shipping: "hash",
  use_stripe_sdk: "boolean",
} as const satisfies Record<keyof Stripe.PaymentIntentConfirmParams, unknown> & ParameterSpec;

export const captureParams = {
  amount_details: "unsupported",
  amount_to_capture: "integer",
  application_fee_amount: "integer",
  expand: "expand",
  final_capture: "unsupported",
  hooks: "unsupported",
  metadata: "metadata",
  payment_details: "unsupported",
  statement_descriptor: "text",
  statement_descriptor_suffix: "text",
  transfer_data: "unsupported",
} as const satisfies Record<keyof Stripe.PaymentIntentCaptureParams, unknown> & ParameterSpec;

export const incrementParams = {
  ...unsupported("amount_details", "hooks", "payment_details", "transfer_data"),
  amount: "integer",
  application_fee_amount: "integer",
  description: "text",
  expand: "expand",
  metadata: "metadata",
  statement_descriptor: "text",
} as const satisfies Record<keyof Stripe.PaymentIntentIncrementAuthorizationParams, unknown> & ParameterSpec;

export const cancelParams = {
  cancellation_reason: ["abandoned", "duplicate", "fraudulent", "requested_by_customer"],
  expand: "expand",
} as const satisfies Record<keyof Stripe.PaymentIntentCancelParams, unknown> & ParameterSpec;

export const listParams = {
  ...LIST_PARAMS,
  created: "range",
  customer: "string",
  customer_account: "unsupported",
} as const satisfies Record<keyof Stripe.PaymentIntentListParams, unknown> & ParameterSpec;
