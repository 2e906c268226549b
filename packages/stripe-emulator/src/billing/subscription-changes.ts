import type Stripe from "stripe";
import { invalidRequest, StripeError } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { type Context, idOf } from "../state.ts";
import { finalizeInvoice, payInvoice } from "./invoices.ts";
import { shareOf, wireDecimal } from "./shares.ts";
import { changeSold, type Period, type SoldItem } from "./subscription-object.ts";
import { addItem, bill, currentPeriod, endSubscription, isOver } from "./subscriptions.ts";

/** What is left of the period for an item, as an amount to bill (new) or to credit (old, negative). */
function prorate(
  context: Context,
  subscription: Stripe.Subscription,
  what: {
    readonly price: Stripe.Price;
    readonly quantity: number;
    readonly sign: 1 | -1;
    readonly period: Period;
  },
): void {
  const { start, end: over } = what.period;
  if (subscription.status === "trialing" || over <= context.now) return;
  const whole = (what.price.unit_amount ?? 0) * what.quantity;
  const amount = what.sign * shareOf(whole, over - context.now, over - start);
  context.state.invoiceItems.add({
    id: context.makeId("invoiceItem"),
    object: "invoiceitem",
    amount,
    currency: subscription.currency,
    customer: idOf(subscription.customer) ?? "",
    customer_account: null,
    date: context.now,
    description: what.sign < 0 ? "Unused time" : "Remaining time",
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: amount,
    parent: { subscription_details: { subscription: subscription.id }, type: "subscription_details" },
    period: { start: context.now, end: over },
    pricing: null,
    proration: true,
    quantity: what.quantity,
    quantity_decimal: wireDecimal(what.quantity),
    tax_rates: [],
    test_clock: null,
  });
}

/** One change of what a subscription sells. */
export type ItemChange =
  | { readonly kind: "add"; readonly sold: SoldItem }
  | {
      readonly kind: "change";
      readonly item: Stripe.SubscriptionItem;
      readonly price: Stripe.Price;
      readonly quantity: number;
    }
  | { readonly kind: "remove"; readonly item: Stripe.SubscriptionItem };

/** Changes what is sold from now on; `always_invoice` bills the difference at once, `none` not at all. */
export function changeItems(
  context: Context,
  subscription: Stripe.Subscription,
  changes: readonly ItemChange[],
  proration: string,
): void {
  const bills = proration !== "none";
  // Taken first: a subscription whose every item is replaced keeps its period.
  const period = currentPeriod(subscription);
  for (const change of changes) {
    if (change.kind !== "add" && bills) {
      const { price, quantity = 1 } = change.item;
      prorate(context, subscription, { price, quantity, sign: -1, period });
    }
    if (change.kind === "add") addItem(context, subscription, change.sold, period);
    else if (change.kind === "change") changeSold(change.item, change.price, change.quantity);
    else {
      const { data } = subscription.items;
      subscription.items.data = data.filter((item) => item !== change.item);
      context.state.subscriptionItems.delete(change.item.id);
    }
    if (change.kind === "remove" || !bills) continue;
    const { price, quantity } = change.kind === "add" ? change.sold : change;
    prorate(context, subscription, { price, quantity, sign: 1, period });
  }
  recordEvent(context, "customer.subscription.updated", subscription);
  if (proration === "always_invoice" && changes.length > 0)
    invoiceNow(context, subscription, "subscription_update");
}

/** Bills at once what waits for the subscription's next invoice; a decline leaves the invoice open. */
function invoiceNow(
  context: Context,
  subscription: Stripe.Subscription,
  reason: Stripe.Invoice.BillingReason,
): void {
  const invoice = bill(context, subscription, { reason, period: null, isTrial: false, autoAdvance: true });
  finalizeInvoice(context, invoice);
  if (invoice.status !== "open" || subscription.collection_method === "send_invoice") return;
  try {
    payInvoice(context, invoice, { methodId: null, offSession: true });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
  }
}

/** Cancels now. `prorate` credits what is left of the period; `invoice_now` bills what waits. */
export function cancelSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  options: { readonly prorate: boolean; readonly invoiceNow: boolean },
): void {
  if (isOver(subscription)) {
    throw invalidRequest(`No such subscription: '${subscription.id}'`, {
      param: "id",
      code: "resource_missing",
    });
  }
  if (options.prorate) {
    for (const { price, quantity = 1 } of subscription.items.data) {
      prorate(context, subscription, { price, quantity, sign: -1, period: currentPeriod(subscription) });
    }
  }
  if (options.invoiceNow) invoiceNow(context, subscription, "manual");
  endSubscription(context, subscription, "canceled");
}
