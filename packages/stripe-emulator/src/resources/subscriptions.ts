import type Stripe from "stripe";
import { needPrice, taxRatesOf } from "../billing/catalog.ts";
import { discountIds, makeDiscounts } from "../billing/discounts.ts";
import { newInvoiceItem } from "../billing/invoice-lines.ts";
import { cancelSubscription, changeItems, type ItemChange } from "../billing/subscription-changes.ts";
import { newSubscription } from "../billing/subscription-object.ts";
import { scheduleCancel, startSubscription } from "../billing/subscriptions.ts";
import { needConnected } from "../connect.ts";
import { invalidRequest } from "../errors.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { type Input, missingParameter } from "../params.ts";
import { needPaymentMethod } from "../payment-sources.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";
import { cancelParams, createParams, readSoldItem, updateParams } from "./subscription-params.ts";

const DAY_SECONDS = 24 * 60 * 60;

function applyShares(context: Context, subscription: Stripe.Subscription, input: Input): void {
  const transfer = input.fields("transfer_data");
  const onBehalfOf = input.text("on_behalf_of");
  if (onBehalfOf) needConnected(context, onBehalfOf, "on_behalf_of");
  if (onBehalfOf !== undefined) subscription.on_behalf_of = onBehalfOf;
  subscription.application_fee_percent =
    input.decimal("application_fee_percent") ?? subscription.application_fee_percent;
  if (transfer === undefined) return;
  if (transfer === null) {
    subscription.transfer_data = null;
    return;
  }
  const destination = transfer.requiredString("destination");
  needConnected(context, destination, "transfer_data[destination]");
  subscription.transfer_data = { amount_percent: transfer.decimal("amount_percent") ?? null, destination };
}

function applyEnd(context: Context, subscription: Stripe.Subscription, input: Input): void {
  const cancelAt = input.text("cancel_at");
  subscription.cancel_at_period_end =
    input.boolean("cancel_at_period_end") ?? subscription.cancel_at_period_end;
  if (cancelAt !== undefined) subscription.cancel_at = cancelAt === null ? null : Number(cancelAt);
  if (cancelAt) scheduleCancel(context, subscription, Number(cancelAt));
}

/** Everything that a subscription may be told, at its creation or later. */
function applyFields(context: Context, subscription: Stripe.Subscription, input: Input): void {
  const method = input.string("default_payment_method");
  const rates = input.strings("default_tax_rates");
  const discounts = input.each("discounts");
  if (method !== undefined) {
    subscription.default_payment_method = needPaymentMethod(context, method, "default_payment_method").id;
  }
  if (rates !== undefined) subscription.default_tax_rates = taxRatesOf(context, rates, "default_tax_rates");
  applyShares(context, subscription, input);
  if (discounts !== undefined) {
    const on = { customer: idOf(subscription.customer), subscription: subscription.id };
    subscription.discounts = makeDiscounts(context, discounts, on);
  }
  subscription.automatic_tax.enabled =
    input.fields("automatic_tax")?.boolean("enabled") ?? subscription.automatic_tax.enabled;
  subscription.collection_method = input.string("collection_method") ?? subscription.collection_method;
  subscription.days_until_due = input.integer("days_until_due") ?? subscription.days_until_due;
  subscription.default_source = input.string("default_source") ?? subscription.default_source;
  subscription.metadata = mergeMetadata(subscription.metadata, input.metadata());
  if (input.has("description")) subscription.description = input.text("description") ?? null;
  applyEnd(context, subscription, input);
}

/** One-off items, billed with the subscription's next invoice. */
function addInvoiceItems(context: Context, subscription: Stripe.Subscription, input: Input): void {
  for (const added of input.each("add_invoice_items") ?? []) {
    const price = needPrice(context, added);
    const item = newInvoiceItem(context, added.with({ pricing: { price: price.id } }), {
      customer: idOf(subscription.customer) ?? "",
      currency: subscription.currency,
      invoice: null,
      subscription: subscription.id,
    });
    context.state.invoiceItems.add(item);
  }
}

function trialEnd(context: Context, input: Input): number | null {
  const days = input.integer("trial_period_days");
  const at = input.string("trial_end");
  if (at !== undefined && at !== "now") return Number(at);
  return days === undefined ? null : context.now + days * DAY_SECONDS;
}

function prepareCreate(input: Input): (context: Context) => Stripe.Subscription {
  const customerId = input.requiredString("customer");
  const items = input.each("items") ?? missingParameter("items");
  return (context) => {
    const customer = context.state.customers.need(customerId, "customer");
    const sold = items.map((item) => readSoldItem(context, item));
    const subscription = newSubscription(context, {
      currency: input.string("currency") ?? sold[0]?.price.currency ?? "usd",
      customer: customer.id,
      metadata: newMetadata(input.metadata()),
      trial_end: trialEnd(context, input),
    });
    applyFields(context, subscription, input);
    addInvoiceItems(context, subscription, input);
    startSubscription(context, subscription, sold, {
      behavior: input.string("payment_behavior") ?? "allow_incomplete",
      offSession: input.boolean("off_session") ?? false,
    });
    return subscription;
  };
}

function readChange(context: Context, subscription: Stripe.Subscription, input: Input): ItemChange {
  const id = input.string("id");
  if (id === undefined) return { kind: "add", sold: readSoldItem(context, input) };
  const item = subscription.items.data.find((each) => each.id === id);
  if (item === undefined) {
    throw invalidRequest(`No such subscription item: '${id}'`, {
      param: input.path("id"),
      code: "resource_missing",
    });
  }
  if (input.boolean("deleted")) return { kind: "remove", item };
  const isPriced = input.has("price") || input.has("price_data");
  return {
    kind: "change",
    item,
    price: isPriced ? needPrice(context, input) : item.price,
    quantity: input.integer("quantity") ?? item.quantity ?? 1,
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Subscription {
  return (context) => {
    const subscription = context.state.subscriptions.need(id, "id");
    if (subscription.status === "canceled" || subscription.status === "incomplete_expired") {
      throw invalidRequest("A canceled subscription can only update its cancellation_details and metadata.");
    }
    const changes = (input.each("items") ?? []).map((item) => readChange(context, subscription, item));
    applyFields(context, subscription, input);
    const pause = input.fields("pause_collection");
    if (pause === null) subscription.pause_collection = null;
    else if (pause !== undefined) {
      subscription.pause_collection = { behavior: pause.requiredString("behavior"), resumes_at: null };
    }
    addInvoiceItems(context, subscription, input);
    changeItems(context, subscription, changes, input.string("proration_behavior") ?? "create_prorations");
    return subscription;
  };
}

function prepareCancel(input: Input, id: string): (context: Context) => Stripe.Subscription {
  return (context) => {
    const subscription = context.state.subscriptions.need(id, "id");
    cancelSubscription(context, subscription, {
      prorate: input.boolean("prorate") ?? false,
      invoiceNow: input.boolean("invoice_now") ?? false,
    });
    return subscription;
  };
}

function prepareDeleteDiscount(_input: Input, id: string): (context: Context) => object {
  return ({ state }) => {
    const subscription = state.subscriptions.need(id, "id");
    const [removed] = discountIds(subscription.discounts);
    const discount = state.discounts.get(removed ?? "");
    if (discount === undefined) {
      throw invalidRequest(`No active discount for subscription: ${id}`, { code: "resource_missing" });
    }
    subscription.discounts = [];
    return { ...discount, deleted: true };
  };
}

/** Without a status, Stripe lists what is not cancelled. */
function statusFilter(input: Input): ((subscription: Stripe.Subscription) => boolean) | undefined {
  const status = input.string("status");
  if (status === "all") return undefined;
  return (subscription) =>
    status === undefined ? subscription.status !== "canceled" : subscription.status === status;
}

const write = { permission: "rak_subscription_write", returns: "subscription" } as const;

export const subscriptionRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Subscription>({
    path: "/v1/subscriptions",
    name: "subscriptions",
    permission: "rak_subscription_read",
    returns: "subscription",
    collection: ({ subscriptions }) => subscriptions,
    filters: { created: "range", customer: "string", status: "string" },
    where: (input) => [
      equals(input, "customer", (subscription: Stripe.Subscription) => idOf(subscription.customer)),
      statusFilter(input),
    ],
  }),
  {
    ...write,
    method: "POST",
    path: "/v1/subscriptions",
    operation: "subscriptions.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    method: "POST",
    path: "/v1/subscriptions/{id}",
    operation: "subscriptions.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    method: "DELETE",
    path: "/v1/subscriptions/{id}",
    operation: "subscriptions.cancel",
    params: cancelParams,
    prepare: prepareCancel,
  },
  {
    ...write,
    method: "DELETE",
    path: "/v1/subscriptions/{id}/discount",
    operation: "subscriptions.deleteDiscount",
    params: {},
    returns: "discount",
    prepare: prepareDeleteDiscount,
  },
];
