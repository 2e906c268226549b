import type Stripe from "stripe";
import { DISCOUNTS } from "../billing/discounts.ts";
import { ITEM_PARAMS } from "../billing/invoice-lines.ts";
import { TRANSFER_DATA } from "../connect-params.ts";
import { type ParameterSpec, unsupported } from "../params.ts";

export const AUTOMATIC_TAX = { fields: { enabled: "boolean" } } as const;

const common = {
  ...unsupported(
    "account_tax_ids",
    "custom_fields",
    "issuer",
    "payment_settings",
    "rendering",
    "shipping_cost",
    "shipping_details",
  ),
  application_fee_amount: "integer",
  auto_advance: "boolean",
  automatic_tax: AUTOMATIC_TAX,
  automatically_finalizes_at: "integer",
  collection_method: ["charge_automatically", "send_invoice"],
  days_until_due: "integer",
  default_payment_method: "string",
  default_source: "string",
  default_tax_rates: "strings",
  description: "text",
  discounts: DISCOUNTS,
  due_date: "integer",
  effective_at: "integer",
  expand: "expand",
  footer: "text",
  metadata: "metadata",
  number: "string",
  on_behalf_of: "text",
  statement_descriptor: "text",
  transfer_data: TRANSFER_DATA,
} as const satisfies ParameterSpec;

export const createParams = {
  ...common,
  ...unsupported("customer_account", "from_invoice"),
  currency: "string",
  customer: "string",
  pending_invoice_items_behavior: ["exclude", "include"],
  subscription: "string",
} as const satisfies Record<keyof Stripe.InvoiceCreateParams, unknown> & ParameterSpec;

export const updateParams = common satisfies Record<keyof Stripe.InvoiceUpdateParams, unknown>;

export const payParams = {
  ...unsupported("forgive", "mandate"),
  expand: "expand",
  off_session: "boolean",
  paid_out_of_band: "boolean",
  payment_method: "string",
  source: "string",
} as const satisfies Record<keyof Stripe.InvoicePayParams, unknown> & ParameterSpec;

export const finalizeParams = {
  auto_advance: "boolean",
  expand: "expand",
} as const satisfies Record<keyof Stripe.InvoiceFinalizeInvoiceParams, unknown> & ParameterSpec;

export const addLinesParams = {
  ...unsupported("invoice_metadata"),
  expand: "expand",
  lines: { each: { ...ITEM_PARAMS, ...unsupported("tax_amounts"), invoice_item: "string" } },
} as const satisfies Record<keyof Stripe.InvoiceAddLinesParams, unknown> & ParameterSpec;

export const removeLinesParams = {
  ...unsupported("invoice_metadata"),
  expand: "expand",
  lines: { each: { behavior: ["delete", "unassign"], id: "string" } },
} as const satisfies Record<keyof Stripe.InvoiceRemoveLinesParams, unknown> & ParameterSpec;

export const updateLineParams = {
  ...ITEM_PARAMS,
  ...unsupported("tax_amounts"),
  expand: "expand",
} as const satisfies Record<keyof Stripe.InvoiceUpdateLineItemParams, unknown> & ParameterSpec;
