import type Stripe from "stripe";
import { needPrice, PRICE_DATA, taxRatesOf } from "../billing/catalog.ts";
import { DISCOUNTS } from "../billing/discounts.ts";
import type { SoldItem } from "../billing/subscription-object.ts";
import { newMetadata } from "../metadata.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import type { Context } from "../state.ts";
import { AUTOMATIC_TAX } from "./invoice-params.ts";

const ITEM = {
  ...unsupported("billing_thresholds", "current_trial", "discounts", "plan"),
  metadata: "metadata",
  price: "string",
  price_data: PRICE_DATA,
  quantity: "integer",
  tax_rates: "strings",
} as const satisfies ParameterSpec;

const ADD_INVOICE_ITEM = {
  ...unsupported("discounts", "period"),
  discountable: "boolean",
  metadata: "metadata",
  price: "string",
  price_data: PRICE_DATA,
  quantity: "integer",
  tax_rates: "strings",
} as const satisfies ParameterSpec;

const PRORATIONS = ["always_invoice", "create_prorations", "none"] as const;
const PAYMENT_BEHAVIORS = ["allow_incomplete", "default_incomplete", "error_if_incomplete"] as const;

const common = {
  ...unsupported(
    "billing_schedules",
    "billing_thresholds",
    "invoice_settings",
    "payment_settings",
    "pending_invoice_item_interval",
    "trial_from_plan",
    "trial_settings",
  ),
  add_invoice_items: { each: ADD_INVOICE_ITEM },
  application_fee_percent: "decimal",
  automatic_tax: AUTOMATIC_TAX,
  cancel_at: "text",
  cancel_at_period_end: "boolean",
  collection_method: ["charge_automatically", "send_invoice"],
  days_until_due: "integer",
  default_payment_method: "string",
  default_source: "string",
  default_tax_rates: "strings",
  description: "text",
  discounts: DISCOUNTS,
  expand: "expand",
  metadata: "metadata",
  off_session: "boolean",
  on_behalf_of: "text",
  payment_behavior: PAYMENT_BEHAVIORS,
  proration_behavior: PRORATIONS,
  transfer_data: { fields: { amount_percent: "decimal", destination: "string" } },
  trial_end: "string",
} as const satisfies ParameterSpec;

export const createParams = {
  ...common,
  ...unsupported(
    "backdate_start_date",
    "billing_cycle_anchor",
    "billing_cycle_anchor_config",
    "billing_mode",
    "customer_account",
  ),
  currency: "string",
  customer: "string",
  items: { each: ITEM },
  trial_period_days: "integer",
} as const satisfies Record<keyof Stripe.SubscriptionCreateParams, unknown> & ParameterSpec;

export const updateParams = {
  ...common,
  ...unsupported("billing_cycle_anchor", "cancellation_details", "proration_date"),
  items: { each: { ...ITEM, clear_usage: "unsupported", deleted: "boolean", id: "string" } },
  pause_collection: { fields: { behavior: ["keep_as_draft", "mark_uncollectible", "void"] } },
} as const satisfies Record<keyof Stripe.SubscriptionUpdateParams, unknown> & ParameterSpec;

export const cancelParams = {
  ...unsupported("cancellation_details"),
  expand: "expand",
  invoice_now: "boolean",
  prorate: "boolean",
} as const satisfies Record<keyof Stripe.SubscriptionCancelParams, unknown> & ParameterSpec;

export const itemCreateParams = {
  ...ITEM,
  ...unsupported("proration_date"),
  expand: "expand",
  payment_behavior: PAYMENT_BEHAVIORS,
  proration_behavior: PRORATIONS,
  subscription: "string",
} as const satisfies Record<keyof Stripe.SubscriptionItemCreateParams, unknown> & ParameterSpec;

export const itemUpdateParams = {
  ...ITEM,
  ...unsupported("proration_date"),
  expand: "expand",
  off_session: "boolean",
  payment_behavior: PAYMENT_BEHAVIORS,
  proration_behavior: PRORATIONS,
} as const satisfies Record<keyof Stripe.SubscriptionItemUpdateParams, unknown> & ParameterSpec;

export const itemDeleteParams = {
  ...unsupported("clear_usage", "payment_behavior", "proration_date"),
  proration_behavior: PRORATIONS,
} as const satisfies Record<keyof Stripe.SubscriptionItemDeleteParams, unknown> & ParameterSpec;

/** What one entry of `items` sells. */
export function readSoldItem(context: Context, input: Input): SoldItem {
  return {
    price: needPrice(context, input),
    quantity: input.integer("quantity") ?? 1,
    taxRates: taxRatesOf(context, input.strings("tax_rates") ?? [], input.path("tax_rates")),
    metadata: newMetadata(input.metadata()),
  };
}
