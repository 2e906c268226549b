import type Stripe from "stripe";
import { TRANSFER_DATA } from "../connect-params.ts";
import { LIST_PARAMS } from "../lists.ts";
import type { ParameterSpec } from "../params.ts";

/** `satisfies` holds these tables to the `stripe` package: a parameter that it gains is a type error. */
export const createParams = {
  amount: "integer",
  application_fee: "unsupported",
  application_fee_amount: "integer",
  capture: "boolean",
  currency: "string",
  customer: "string",
  description: "text",
  destination: "unsupported",
  expand: "expand",
  metadata: "metadata",
  on_behalf_of: "string",
  radar_options: "unsupported",
  receipt_email: "text",
  shipping: "hash",
  source: "source",
  statement_descriptor: "text",
  statement_descriptor_suffix: "text",
  transfer_data: TRANSFER_DATA,
  transfer_group: "text",
} as const satisfies Record<keyof Stripe.ChargeCreateParams, unknown> & ParameterSpec;

export const updateParams = {
  customer: "string",
  description: "text",
  expand: "expand",
  fraud_details: "unsupported",
  metadata: "metadata",
  receipt_email: "text",
  shipping: "hash",
  transfer_group: "text",
} as const satisfies Record<keyof Stripe.ChargeUpdateParams, unknown> & ParameterSpec;

export const captureParams = {
  amount: "integer",
  application_fee: "unsupported",
  application_fee_amount: "integer",
  expand: "expand",
  receipt_email: "text",
  statement_descriptor: "text",
  statement_descriptor_suffix: "text",
  transfer_data: "unsupported",
  transfer_group: "text",
} as const satisfies Record<keyof Stripe.ChargeCaptureParams, unknown> & ParameterSpec;

export const listParams = {
  ...LIST_PARAMS,
  created: "range",
  customer: "string",
  payment_intent: "string",
  transfer_group: "string",
} as const satisfies Record<keyof Stripe.ChargeListParams, unknown> & ParameterSpec;
