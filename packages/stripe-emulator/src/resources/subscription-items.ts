import type Stripe from "stripe";
import { needPrice } from "../billing/catalog.ts";
import { changeItems } from "../billing/subscription-changes.ts";
import { LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import type { Input } from "../params.ts";
import type { Route } from "../route.ts";
import type { Context } from "../state.ts";
import { itemCreateParams, itemDeleteParams, itemUpdateParams, readSoldItem } from "./subscription-params.ts";

function prorationOf(input: Input): string {
  return input.string("proration_behavior") ?? "create_prorations";
}

function prepareCreate(input: Input): (context: Context) => Stripe.SubscriptionItem {
  const subscriptionId = input.requiredString("subscription");
  return (context) => {
    const subscription = context.state.subscriptions.need(subscriptionId, "subscription");
    changeItems(
      context,
      subscription,
      [{ kind: "add", sold: readSoldItem(context, input) }],
      prorationOf(input),
    );
    const added = subscription.items.data.at(-1);
    if (added === undefined) throw new Error("the added item is not there");
    return added;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.SubscriptionItem {
  return (context) => {
    const item = context.state.subscriptionItems.need(id, "id");
    const subscription = context.state.subscriptions.need(item.subscription, "subscription");
    const isPriced = input.has("price") || input.has("price_data");
    const price = isPriced ? needPrice(context, input) : item.price;
    const quantity = input.integer("quantity") ?? item.quantity ?? 1;
    changeItems(context, subscription, [{ kind: "change", item, price, quantity }], prorationOf(input));
    return item;
  };
}

function prepareDelete(input: Input, id: string): (context: Context) => object {
  return (context) => {
    const item = context.state.subscriptionItems.need(id, "id");
    const subscription = context.state.subscriptions.need(item.subscription, "subscription");
    changeItems(context, subscription, [{ kind: "remove", item }], prorationOf(input));
    return { id, object: "subscription_item", deleted: true };
  };
}

const PATH = "/v1/subscription_items";
const write = { permission: "rak_subscription_write", returns: "subscription_item" } as const;

export const subscriptionItemRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    operation: "subscriptionItems.list",
    permission: "rak_subscription_read",
    params: { ...LIST_PARAMS, subscription: "string" },
    returns: "list:subscription_item",
    prepare: (input) => {
      const bounds = pageBounds(input);
      const index = { name: "subscription", key: input.requiredString("subscription") };
      return ({ state }) => listPage(state.subscriptionItems, { ...bounds, index, url: PATH });
    },
  },
  {
    method: "GET",
    path: `${PATH}/{id}`,
    operation: "subscriptionItems.retrieve",
    permission: "rak_subscription_read",
    params: { expand: "expand" },
    returns: "subscription_item",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.subscriptionItems.need(id, "id"),
  },
  {
    ...write,
    method: "POST",
    path: PATH,
    operation: "subscriptionItems.create",
    params: itemCreateParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    method: "POST",
    path: `${PATH}/{id}`,
    operation: "subscriptionItems.update",
    params: itemUpdateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    method: "DELETE",
    path: `${PATH}/{id}`,
    operation: "subscriptionItems.del",
    params: itemDeleteParams,
    prepare: prepareDelete,
  },
];
