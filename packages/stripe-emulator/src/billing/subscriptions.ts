import type Stripe from "stripe";
import { invalidRequest, StripeError } from "../errors.ts";
import { recordEvent } from "../events.ts";
import type { Context, InvoiceTurn } from "../state.ts";
import { periodEnd } from "./catalog.ts";
import { voidInvoice } from "./invoice-ends.ts";
import { finalizeInvoice, payInvoice } from "./invoices.ts";
import { draftFor } from "./subscription-invoices.ts";
import { newSubscriptionItem, type Period, type SoldItem } from "./subscription-object.ts";

/** Stripe gives up a first payment that nobody makes for 23 hours. */
const INCOMPLETE_SECONDS = 23 * 60 * 60;

function recurringOf(item: SoldItem | Stripe.SubscriptionItem): Stripe.Price.Recurring {
  const { recurring } = item.price;
  if (recurring !== null) return recurring;
  throw invalidRequest(
    "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
    {
      param: "items[0][price]",
    },
  );
}

/** Adds an item, in the subscription's own currency and rhythm. */
export function addItem(
  context: Context,
  subscription: Stripe.Subscription,
  sold: SoldItem,
  period: Period,
): Stripe.SubscriptionItem {
  const recurring = recurringOf(sold);
  const [first] = subscription.items.data;
  const isSame = first === undefined || recurringOf(first).interval === recurring.interval;
  if (!isSame || sold.price.currency !== subscription.currency) {
    throw invalidRequest("All prices on a subscription must have the same currency and interval.", {
      param: "items",
    });
  }
  const item = newSubscriptionItem(context, subscription.id, sold, period);
  subscription.items.data.push(item);
  context.state.subscriptionItems.add(item);
  return item;
}

/** The period that is billed, which all items share. */
export function currentPeriod(subscription: Stripe.Subscription): Period {
  const [item] = subscription.items.data;
  return { start: item?.current_period_start ?? 0, end: item?.current_period_end ?? 0 };
}

function enterPeriod(subscription: Stripe.Subscription, period: Period): void {
  for (const item of subscription.items.data) {
    item.current_period_start = period.start;
    item.current_period_end = period.end;
  }
}

/** Whether nothing will be billed any more. */
export function isOver(subscription: Stripe.Subscription): boolean {
  return subscription.status === "canceled" || subscription.status === "incomplete_expired";
}

/** What an invoice's fate means for its subscription. */
function follow(context: Context, subscription: Stripe.Subscription, turn: InvoiceTurn): void {
  if (isOver(subscription)) return;
  const { status } = subscription;
  if (turn === "paid" && status !== "trialing") subscription.status = "active";
  if (turn === "payment_failed" && status === "active") subscription.status = "past_due";
  if (subscription.status !== status) recordEvent(context, "customer.subscription.updated", subscription);
}

/** A draft whose fate the subscription follows. */
export function bill(
  context: Context,
  subscription: Stripe.Subscription,
  what: Parameters<typeof draftFor>[2],
): Stripe.Invoice {
  const invoice = draftFor(context, subscription, what);
  context.state.invoiceFollowUps.set(invoice.id, (then, _invoice, turn) => follow(then, subscription, turn));
  return invoice;
}

/** How the first payment is to be made. */
export interface FirstPayment {
  /** `default_incomplete` leaves it to the payer; `error_if_incomplete` makes nothing after a decline. */
  readonly behavior: string;
  readonly offSession: boolean;
}

/** The first invoice, and its payment as `payment_behavior` says. */
function payFirst(context: Context, subscription: Stripe.Subscription, first: FirstPayment): void {
  const isTrial = subscription.status === "trialing";
  const invoice = bill(context, subscription, {
    reason: "subscription_create",
    period: currentPeriod(subscription),
    isTrial,
    autoAdvance: false,
  });
  finalizeInvoice(context, invoice);
  if (invoice.status === "paid") return;
  if (subscription.collection_method === "send_invoice") {
    subscription.status = "active";
    return;
  }
  context.later(context.now + INCOMPLETE_SECONDS, (then) => expireIncomplete(then, subscription, invoice));
  if (first.behavior === "default_incomplete") return;
  try {
    payInvoice(context, invoice, { methodId: null, offSession: first.offSession });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    if (first.behavior !== "error_if_incomplete") return;
    // Stripe makes no subscription then; only the declined charge remains.
    voidInvoice(context, invoice);
    subscription.status = "incomplete_expired";
    context.state.subscriptions.delete(subscription.id);
    throw error;
  }
}

function expireIncomplete(
  context: Context,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
): void {
  if (subscription.status !== "incomplete") return;
  if (invoice.status === "open") voidInvoice(context, invoice);
  endSubscription(context, subscription, "incomplete_expired");
}

/** Starts a subscription that has its items: first invoice, then one at each period's end. */
export function startSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  sold: readonly SoldItem[],
  first: FirstPayment,
): void {
  const [leading] = sold;
  if (leading === undefined) {
    throw invalidRequest("Missing required param: items.", { param: "items", code: "parameter_missing" });
  }
  const isTrial = subscription.trial_end !== null && subscription.trial_end > context.now;
  const end = isTrial ? (subscription.trial_end ?? 0) : periodEnd(context.now, recurringOf(leading));
  const period = { start: context.now, end };
  for (const item of sold) addItem(context, subscription, item, period);
  if (isTrial) {
    subscription.status = "trialing";
    subscription.trial_start = context.now;
  }
  context.state.subscriptions.add(subscription);
  recordEvent(context, "customer.subscription.created", subscription);
  payFirst(context, subscription, first);
  scheduleRenewal(context, subscription);
  if (subscription.cancel_at !== null) scheduleCancel(context, subscription, subscription.cancel_at);
}

function scheduleRenewal(context: Context, subscription: Stripe.Subscription): void {
  const at = currentPeriod(subscription).end;
  context.later(at, (then) => {
    if (!isOver(subscription) && currentPeriod(subscription).end === at) renew(then, subscription);
  });
}

/** A period's end: the subscription ends, or the next period is billed by a draft that Stripe collects in an hour. */
function renew(context: Context, subscription: Stripe.Subscription): void {
  if (subscription.cancel_at_period_end) {
    endSubscription(context, subscription, "canceled");
    return;
  }
  const [item] = subscription.items.data;
  if (item === undefined || subscription.status === "incomplete") return;
  const { end: start } = currentPeriod(subscription);
  const period = { start, end: periodEnd(start, recurringOf(item)) };
  enterPeriod(subscription, period);
  if (subscription.status === "trialing") subscription.status = "active";
  if (subscription.pause_collection === null) {
    bill(context, subscription, { reason: "subscription_cycle", period, isTrial: false, autoAdvance: true });
  }
  recordEvent(context, "customer.subscription.updated", subscription);
  scheduleRenewal(context, subscription);
}

/** Cancels at a moment to come, unless it was told otherwise by then. */
export function scheduleCancel(context: Context, subscription: Stripe.Subscription, at: number): void {
  context.later(at, (then) => {
    if (!isOver(subscription) && subscription.cancel_at === at)
      endSubscription(then, subscription, "canceled");
  });
}

/** Ends a subscription: nothing is billed any more. */
export function endSubscription(
  context: Context,
  subscription: Stripe.Subscription,
  status: "canceled" | "incomplete_expired",
): void {
  subscription.status = status;
  subscription.canceled_at ??= context.now;
  subscription.ended_at = context.now;
  recordEvent(context, "customer.subscription.deleted", subscription);
}
