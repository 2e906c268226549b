/** Prices of subscriptions: one period of their items, as if there were no trial and no discount. */
import type { PricePlan } from "../vendor.ts";
import { entriesOf, fieldsOf, isEmptyList, isTaxed } from "./billed.ts";
import { encodeForm } from "./form.ts";
import { isObjectId } from "./ids.ts";
import { priceItems, priceOfSum } from "./pricing-line-items.ts";
import { FREE, idOf, lookUp, type PriceQuestion, unknown } from "./pricing-plan.ts";

interface Sum {
  readonly amountMinor: number;
  readonly currency: string;
}

/** One period of a subscription's item; null when its amount is not plain (tiers, usage, taxes, decimals). */
function periodOfItem(item: unknown): Sum | null {
  const { price, quantity, tax_rates: taxes } = fieldsOf(item);
  const { unit_amount: unit, billing_scheme, transform_quantity, currency, recurring } = fieldsOf(price);
  const isPlain =
    billing_scheme === "per_unit" &&
    transform_quantity == null &&
    fieldsOf(recurring).usage_type === "licensed";
  if (!isPlain || !isEmptyList(taxes) || typeof currency !== "string") return null;
  if (typeof unit !== "number" || typeof quantity !== "number") return null;
  const amountMinor = unit * quantity;
  return Number.isSafeInteger(amountMinor) && amountMinor >= 0 ? { amountMinor, currency } : null;
}

/** One period of a subscription that Stripe showed; null when it is not plain. */
function periodOf(subscription: unknown): Sum | null {
  const { items, currency } = fieldsOf(subscription);
  const entries = entriesOf(items);
  if (entries === null || typeof currency !== "string" || isTaxed(subscription)) return null;
  return sumOf(entries.map(periodOfItem), currency);
}

/** Null when one is not known, or in another currency. */
function sumOf(sums: readonly (Sum | null)[], currency: string): Sum | null {
  let amountMinor = 0;
  for (const sum of sums) {
    if (sum === null || sum.currency !== currency) return null;
    amountMinor += sum.amountMinor;
  }
  return Number.isSafeInteger(amountMinor) ? { amountMinor, currency } : null;
}

function priced(sum: Sum | null): PricePlan {
  return sum === null
    ? unknown("an item of the subscription has no plain amount")
    : { kind: "amount", ...sum };
}

/** To cancel, pause or resume: one period of its items, looked up. */
export function priceSubscription(call: PriceQuestion): PricePlan {
  const target = { object: "subscription", collection: "subscriptions", id: idOf(call) };
  return lookUp(target, ({ raw }) => priced(periodOf(raw)));
}

/** One period of the item, which is no longer asked for. */
export function priceSubscriptionItem(call: PriceQuestion): PricePlan {
  const id = idOf(call);
  if (!isObjectId(id)) return unknown("the id of the item cannot be looked up");
  return {
    kind: "lookup",
    path: `/v1/subscription_items/${encodeURIComponent(id)}`,
    next: (answer) => priced(fieldsOf(answer).id === id ? periodOfItem(answer) : null),
  };
}

/** One period of `items`, and all of `add_invoice_items`. */
export function priceSubscriptionCreate({ params }: PriceQuestion): PricePlan {
  const { items, add_invoice_items: added } = params;
  if (items === undefined) return unknown("a subscription without items cannot be priced");
  return priceItems({ name: "items", items, types: ["recurring"] }, (sum) =>
    added === undefined
      ? priceOfSum(sum)
      : priceItems({ name: "add_invoice_items", items: added, types: ["one_time"] }, priceOfSum, sum),
  );
}

/** Ends the customer's subscriptions at once, and what is on the balance: one period of them, and the balance. */
export function priceCustomerDelete(call: PriceQuestion): PricePlan {
  const id = idOf(call);
  if (!isObjectId(id)) return unknown("the id of the customer cannot be looked up");
  return {
    kind: "lookup",
    path: `/v1/customers/${encodeURIComponent(id)}`,
    next: (customer) => {
      const { id: found, deleted, balance, currency } = fieldsOf(customer);
      if (found !== id) return unknown(`Stripe did not show the customer ${id}`);
      if (deleted === true) return FREE;
      if (typeof balance !== "number") return unknown("Stripe's answer does not say the customer's balance");
      const owed = balance === 0 ? [] : [{ amountMinor: Math.abs(balance), currency: String(currency) }];
      return priceSubscriptionsOf(id, owed);
    },
  };
}

function priceSubscriptionsOf(customer: string, owed: readonly Sum[]): PricePlan {
  return {
    kind: "lookup",
    path: `/v1/subscriptions?${encodeForm({ customer, limit: "100" })}`,
    next: (list) => {
      const subscriptions = entriesOf(list);
      if (subscriptions === null) return unknown(`not all subscriptions of ${customer} can be seen`);
      const sums = [...owed, ...subscriptions.map(periodOf)];
      const [first] = sums;
      if (first === undefined) return FREE;
      return priced(first === null ? null : sumOf(sums, first.currency));
    },
  };
}
