import type Stripe from "stripe";
import { type Context, idOf } from "../state.ts";
import { productName } from "./catalog.ts";
import { couponOf, discountIds } from "./discounts.ts";
import { drawLine } from "./invoice-lines.ts";
import { newInvoice } from "./invoice-object.ts";
import { addDraft, shareInvoice } from "./invoices.ts";
import { percentOf, wireDecimal } from "./shares.ts";
import type { Period } from "./subscription-object.ts";

/** The line that bills one item for one period; a trial's costs nothing. */
function periodLine(
  context: Context,
  invoice: Stripe.Invoice,
  item: Stripe.SubscriptionItem,
  billed: { readonly period: Period; readonly isTrial: boolean },
): Stripe.InvoiceLineItem {
  const id = context.makeId("invoiceLine");
  const quantity = item.quantity ?? 1;
  const amount = billed.isTrial ? 0 : (item.price.unit_amount ?? 0) * quantity;
  context.state.lineTaxRates.set(id, item.tax_rates ?? []);
  return {
    id,
    object: "line_item",
    amount,
    currency: invoice.currency,
    description: `${quantity} × ${productName(context, item.price) ?? item.price.id}`,
    discount_amounts: [],
    discountable: true,
    discounts: discountIds(item.discounts),
    invoice: invoice.id,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: null,
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: "subscription_item_details",
    },
    period: { start: billed.period.start, end: billed.period.end },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: idOf(item.price.product) ?? "" },
      type: "price_details",
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: wireDecimal(quantity),
    subscription: item.subscription,
    subtotal: amount,
    taxes: [],
  };
}

/** Items that wait for the subscription's next invoice: its own, and on a new period the customer's others. */
function pullItems(
  context: Context,
  invoice: Stripe.Invoice,
  subscription: string,
  withOthers: boolean,
): void {
  for (const item of context.state.invoiceItems.withKey("customer", idOf(invoice.customer) ?? "")) {
    if (item.invoice !== null || item.currency !== invoice.currency) continue;
    const owner = idOf(item.parent?.subscription_details?.subscription);
    if (owner === subscription || (withOthers && owner === null)) drawLine(context, invoice, item);
  }
}

/** A coupon for one invoice is used up by the first. */
function takeDiscounts(context: Context, subscription: Stripe.Subscription): string[] {
  const held = discountIds(subscription.discounts).filter((id) => couponOf(context.state, id, context.now));
  subscription.discounts = held.filter((id) => couponOf(context.state, id, context.now)?.duration !== "once");
  return held;
}

function share(context: Context, invoice: Stripe.Invoice, subscription: Stripe.Subscription): void {
  const { application_fee_percent: feePercent, transfer_data: transfer } = subscription;
  if (feePercent !== null) {
    shareInvoice(context, invoice, { application_fee_amount: percentOf(invoice.total, feePercent) });
  }
  if (transfer === null) return;
  const amount =
    transfer.amount_percent === null ? {} : { amount: percentOf(invoice.total, transfer.amount_percent) };
  const destination = idOf(transfer.destination) ?? "";
  shareInvoice(context, invoice, { transfer_data: { destination, ...amount } });
}

/** Makes a subscription's invoice, a draft: the items of a new period, or only what waits for it. */
export function draftFor(
  context: Context,
  subscription: Stripe.Subscription,
  bill: {
    readonly reason: Stripe.Invoice.BillingReason;
    readonly period: Period | null;
    readonly isTrial: boolean;
    readonly autoAdvance: boolean;
  },
): Stripe.Invoice {
  const { state } = context;
  const customer = state.customers.need(idOf(subscription.customer) ?? "", "customer");
  const { period } = bill;
  const invoice = newInvoice(context, customer, {
    auto_advance: bill.autoAdvance,
    billing_reason: bill.reason,
    collection_method: subscription.collection_method,
    currency: subscription.currency,
    default_payment_method: idOf(subscription.default_payment_method),
    default_source: idOf(subscription.default_source),
    default_tax_rates: subscription.default_tax_rates ?? [],
    discounts: takeDiscounts(context, subscription),
    on_behalf_of: idOf(subscription.on_behalf_of),
    parent: {
      quote_details: null,
      subscription_details: { metadata: { ...subscription.metadata }, subscription: subscription.id },
      type: "subscription_details",
    },
    ...(period === null ? {} : { period_start: period.start, period_end: period.end }),
  });
  invoice.automatic_tax.enabled = subscription.automatic_tax.enabled;
  if (period !== null) {
    const billed = { period, isTrial: bill.isTrial };
    for (const item of subscription.items.data) {
      invoice.lines.data.push(periodLine(context, invoice, item, billed));
    }
  }
  pullItems(context, invoice, subscription.id, period !== null && bill.reason !== "subscription_create");
  addDraft(context, invoice);
  share(context, invoice, subscription);
  subscription.latest_invoice = invoice.id;
  return invoice;
}
