import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import { type Input, missingParameter, type ParameterSpec, unsupported } from "../params.ts";
import { type Context, idOf } from "../state.ts";
import { needPrice, PRICE_DATA, productName, taxRatesOf } from "./catalog.ts";
import { DISCOUNTS, discountIds, makeDiscounts } from "./discounts.ts";
import { wireDecimal } from "./shares.ts";

/** What an invoice item, a line and a preview's item are described by. */
export const ITEM_PARAMS = {
  ...unsupported("quantity_decimal"),
  amount: "integer",
  description: "text",
  discountable: "boolean",
  discounts: DISCOUNTS,
  metadata: "metadata",
  period: { fields: { end: "integer", start: "integer" } },
  price_data: PRICE_DATA,
  pricing: { fields: { price: "string" } },
  quantity: "integer",
  tax_rates: "strings",
} as const satisfies ParameterSpec;

interface Pricing {
  readonly amount: number;
  readonly quantity: number;
  readonly currency: string | null;
  readonly price: Stripe.Price | null;
}

/** `amount`, or a price times a quantity; null when the request says neither. */
function pricingOf(context: Context, input: Input): Pricing | null {
  const quantity = input.integer("quantity") ?? 1;
  const amount = input.integer("amount");
  const pricing = input.fields("pricing");
  const price = pricing || input.has("price_data") ? needPrice(context, pricing ?? input) : null;
  if (price !== null && amount !== undefined) {
    throw invalidRequest("You may only specify one of these parameters: amount, pricing.", {
      param: input.path("amount"),
      code: "parameters_exclusive",
    });
  }
  if (price !== null) {
    return { amount: (price.unit_amount ?? 0) * quantity, quantity, currency: price.currency, price };
  }
  return amount === undefined ? null : { amount, quantity: 1, currency: null, price: null };
}

function showPricing(
  context: Context,
  pricing: Pricing,
): Pick<Stripe.InvoiceItem, "pricing" | "description"> {
  const { price } = pricing;
  if (price === null) return { pricing: null, description: null };
  const product = idOf(price.product) ?? "";
  return {
    description: productName(context, price),
    pricing: {
      price_details: { price: price.id, product },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
  };
}

function periodOf(context: Context, input: Input): Stripe.InvoiceItem.Period {
  const period = input.fields("period");
  return {
    end: period?.integer("end") ?? context.now,
    start: period?.integer("start") ?? context.now,
  };
}

/** Makes an invoice item for a customer, on an invoice or waiting for one. */
export function newInvoiceItem(
  context: Context,
  input: Input,
  of: {
    readonly customer: string;
    readonly currency: string | undefined;
    readonly invoice: string | null;
    readonly subscription: string | null;
  },
): Stripe.InvoiceItem {
  const pricing = pricingOf(context, input) ?? missingParameter(input.path("amount"));
  const currency = checkCurrency(pricing.currency ?? of.currency ?? missingParameter(input.path("currency")));
  if (of.currency !== undefined && currency !== of.currency.toLowerCase()) {
    throw invalidRequest(`The currency of this invoice is ${of.currency}, not ${currency}.`, {
      param: input.path("currency"),
    });
  }
  const id = context.makeId("invoiceItem");
  const discounts = input.each("discounts") ?? [];
  const shown = showPricing(context, pricing);
  const item: Stripe.InvoiceItem = {
    id,
    object: "invoiceitem",
    amount: pricing.amount,
    currency,
    customer: of.customer,
    customer_account: null,
    date: context.now,
    description: input.text("description") ?? shown.description,
    discountable: input.boolean("discountable") ?? pricing.amount >= 0,
    discounts: makeDiscounts(context, discounts, { customer: of.customer, invoiceItem: id }),
    invoice: of.invoice,
    livemode: false,
    metadata: newMetadata(input.metadata()),
    net_amount: pricing.amount,
    parent:
      of.subscription === null
        ? null
        : { subscription_details: { subscription: of.subscription }, type: "subscription_details" },
    period: periodOf(context, input),
    pricing: shown.pricing,
    proration: false,
    quantity: pricing.quantity,
    quantity_decimal: wireDecimal(pricing.quantity),
    tax_rates: taxRatesOf(context, input.strings("tax_rates") ?? [], input.path("tax_rates")),
    test_clock: null,
  };
  return item;
}

/** Changes an item as a request says; its line has to be drawn anew. */
export function changeItem(context: Context, item: Stripe.InvoiceItem, input: Input): void {
  const quantity = input.integer("quantity");
  const pricing = pricingOf(context, input);
  const discounts = input.each("discounts");
  const metadata = mergeMetadata(item.metadata ?? {}, input.metadata());
  if (pricing !== null) {
    item.amount = pricing.amount;
    item.pricing = showPricing(context, pricing).pricing;
  } else if (quantity !== undefined) {
    const price = context.state.prices.get(idOf(item.pricing?.price_details?.price) ?? "");
    if (price !== undefined) item.amount = (price.unit_amount ?? 0) * quantity;
  }
  item.quantity = quantity ?? item.quantity;
  item.quantity_decimal = wireDecimal(item.quantity);
  item.net_amount = item.amount;
  item.metadata = metadata;
  item.discountable = input.boolean("discountable") ?? item.discountable;
  if (input.has("description")) item.description = input.text("description") ?? null;
  if (input.has("period")) item.period = periodOf(context, input);
  const rates = input.strings("tax_rates");
  if (rates !== undefined) item.tax_rates = taxRatesOf(context, rates, input.path("tax_rates"));
  if (discounts === undefined) return;
  item.discounts = makeDiscounts(context, discounts, { customer: idOf(item.customer), invoiceItem: item.id });
}

/** The line that shows an item on an invoice; `id` keeps the one it had. */
export function lineOfItem(
  context: Context,
  invoice: Stripe.Invoice,
  item: Stripe.InvoiceItem,
  id: string = context.makeId("invoiceLine"),
): Stripe.InvoiceLineItem {
  const subscription = idOf(item.parent?.subscription_details?.subscription);
  context.state.lineTaxRates.set(id, item.tax_rates ?? []);
  return {
    id,
    object: "line_item",
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discount_amounts: [],
    discountable: item.discountable,
    discounts: discountIds(item.discounts),
    invoice: invoice.id,
    livemode: false,
    metadata: item.metadata ?? {},
    parent: {
      invoice_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        proration_details: null,
        subscription,
      },
      subscription_item_details: null,
      type: "invoice_item_details",
    },
    period: item.period,
    pretax_credit_amounts: [],
    pricing: item.pricing as Stripe.InvoiceLineItem.Pricing | null,
    quantity: item.quantity,
    quantity_decimal: item.quantity_decimal,
    subscription,
    subtotal: item.amount,
    taxes: [],
  };
}

/** Puts an item's line on a draft, in the place of the one it had. */
export function drawLine(context: Context, invoice: Stripe.Invoice, item: Stripe.InvoiceItem): void {
  const { data } = invoice.lines;
  const place = data.findIndex((line) => line.parent?.invoice_item_details?.invoice_item === item.id);
  const line = lineOfItem(context, invoice, item, data[place]?.id);
  if (place === -1) data.unshift(line);
  else data[place] = line;
  item.invoice = invoice.id;
}
