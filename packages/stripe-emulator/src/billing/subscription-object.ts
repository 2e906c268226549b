import type Stripe from "stripe";
import type { Context } from "../state.ts";
import { idOf } from "../state.ts";

/** One thing that is sold by the period. */
export interface SoldItem {
  readonly price: Stripe.Price;
  readonly quantity: number;
  readonly taxRates: Stripe.TaxRate[];
  readonly metadata: Stripe.Metadata;
}

export interface Period {
  /** Seconds since the Unix epoch. */
  readonly start: number;
  readonly end: number;
}

/** The legacy plan that Stripe still shows beside a price. */
function planOf(price: Stripe.Price): Stripe.Plan {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: "per_unit",
    created: price.created,
    currency: price.currency,
    interval: price.recurring?.interval ?? "month",
    interval_count: price.recurring?.interval_count ?? 1,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: "licensed",
  };
}

export function newSubscriptionItem(
  context: Context,
  subscription: string,
  sold: SoldItem,
  period: Period,
): Stripe.SubscriptionItem {
  return {
    id: context.makeId("subscriptionItem"),
    object: "subscription_item",
    billing_thresholds: null,
    created: context.now,
    current_period_end: period.end,
    current_period_start: period.start,
    current_trial: null,
    discounts: [],
    metadata: sold.metadata,
    plan: planOf(sold.price),
    price: sold.price,
    quantity: sold.quantity,
    subscription,
    tax_rates: sold.taxRates,
  };
}

/** Sells another price or quantity under the same item. */
export function changeSold(item: Stripe.SubscriptionItem, price: Stripe.Price, quantity: number): void {
  item.price = price;
  item.plan = planOf(price);
  item.quantity = quantity;
}

/** A subscription with nothing set but what is given. It is not stored yet and has no items. */
export function newSubscription(
  context: Context,
  fields: Pick<Stripe.Subscription, "currency" | "customer"> & Partial<Stripe.Subscription>,
): Stripe.Subscription {
  const id = context.makeId("subscription");
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: context.now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: "classic" },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: "charge_automatically",
    created: context.now,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    items: { object: "list", data: [], has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: context.now,
    status: "incomplete",
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: null,
    trial_start: null,
    ...fields,
  };
}
