/** Prices of lists of items: checkout pages and invoice items, where price × quantity says it all. */
import type { PricePlan } from "../vendor.ts";
import { emptyParams, hasParam, isParams, type Params, type ParamValue } from "./form.ts";
import {
  invalid,
  lookUp,
  readAmount,
  readCurrency,
  readId,
  requireAmount,
  requireCurrency,
  unknown,
} from "./pricing-plan.ts";

/** Most items that are priced: each that names a price is one look-up. */
export const PRICED_ITEMS_MAX = 20;

/** What an item may say for its price to be plain. Anything else (taxes, adjustable quantities …) is not. */
const ITEM_NAMES: ReadonlySet<string> = new Set(["price", "price_data", "quantity", "metadata"]);
const PRICE_DATA_NAMES: ReadonlySet<string> = new Set([
  "currency",
  "unit_amount",
  "product",
  "product_data",
  "metadata",
]);

interface Sum {
  readonly amountMinor: number;
  /** Null before the first item. */
  readonly currency: string | null;
}

/** The sum over `line_items`; a look-up for each item that names a price by id. */
export function priceLineItems(items: ParamValue | undefined): PricePlan {
  if (!Array.isArray(items) || items.length === 0) return invalid("line_items", "line_items must be a list.");
  if (items.length > PRICED_ITEMS_MAX) return unknown(`more than ${PRICED_ITEMS_MAX} items cannot be priced`);
  return priceRest(items, { amountMinor: 0, currency: null });
}

function priceRest(items: readonly ParamValue[], sum: Sum): PricePlan {
  const [item, ...rest] = items;
  if (item === undefined) {
    return sum.currency === null
      ? unknown("no item has a price")
      : { kind: "amount", amountMinor: sum.amountMinor, currency: sum.currency };
  }
  if (!isParams(item)) return invalid("line_items", "Every item must be an object.");
  return priceItem(item, (price) => {
    if (sum.currency !== null && sum.currency !== price.currency) {
      return unknown("the items have several currencies");
    }
    const amountMinor = sum.amountMinor + price.amountMinor;
    if (!Number.isSafeInteger(amountMinor)) return unknown("the sum of the items is out of range");
    return priceRest(rest, { amountMinor, currency: price.currency });
  });
}

interface ItemPrice {
  readonly amountMinor: number;
  readonly currency: string;
}

function priceItem(item: Params, next: (price: ItemPrice) => PricePlan): PricePlan {
  const odd = Object.keys(item).find((name) => !ITEM_NAMES.has(name));
  if (odd !== undefined) return unknown(`an item with ${odd} cannot be priced`);
  const quantity = readAmount(item, "quantity");
  if (!quantity.ok) return quantity.plan;
  const price = readId(item, "price");
  if (!price.ok) return price.plan;
  const data = item.price_data;
  if ((price.value === null) === (data === undefined)) {
    return invalid("line_items", "Every item needs either price or price_data.");
  }
  const count = quantity.value ?? 1;
  return price.value === null
    ? pricePriceData(data, { count, next })
    : priceByPriceId(price.value, { count, next });
}

interface ItemContext {
  readonly count: number;
  readonly next: (price: ItemPrice) => PricePlan;
}

/** A price given in place: currency and unit_amount, nothing recurring, tiered or taxed. */
export function pricePriceData(data: ParamValue | undefined, { count, next }: ItemContext): PricePlan {
  if (!isParams(data)) return invalid("price_data", "price_data must be an object.");
  const odd = Object.keys(data).find((name) => !PRICE_DATA_NAMES.has(name));
  if (odd !== undefined) return unknown(`a price with ${odd} cannot be priced`);
  const unitAmount = requireAmount(data, "unit_amount");
  if (!unitAmount.ok) return unitAmount.plan;
  const currency = requireCurrency(data);
  if (!currency.ok) return currency.plan;
  return multiplied({ unitAmount: unitAmount.value, currency: currency.value, count, next });
}

/**
 * A stored price, when it is a plain one-time amount per unit in one currency: with several, the payer's
 * place or an earlier invoice decides which amount is asked for.
 */
export function priceByPriceId(id: string, { count, next }: ItemContext): PricePlan {
  const query: Params = Object.assign(emptyParams(), { expand: ["currency_options"] });
  return lookUp({ object: "price", collection: "prices", id, query }, (price) => {
    const {
      type,
      billing_scheme: scheme,
      transform_quantity: transform,
      custom_unit_amount: custom,
      currency_options: options,
    } = price.raw;
    const isOneCurrency = Object.keys(options ?? {}).every((code) => code === price.currency);
    const unitAmount = price.amount("unit_amount");
    const isPlain = type === "one_time" && scheme === "per_unit" && transform == null && custom == null;
    if (!isPlain || !isOneCurrency || unitAmount === null)
      return unknown(`the price ${id} is not a plain amount per unit`);
    return multiplied({ unitAmount, currency: price.currency, count, next });
  });
}

function multiplied(item: { unitAmount: number; currency: string } & ItemContext): PricePlan {
  const amountMinor = item.unitAmount * item.count;
  if (!Number.isSafeInteger(amountMinor)) return unknown("the price of an item is out of range");
  return item.next({ amountMinor, currency: item.currency });
}

/** Parameters of a checkout page that cannot change what the payer is asked for. */
const CHECKOUT_NAMES: ReadonlySet<string> = new Set(
  (
    "after_expiration allowed_payment_method_types billing_address_collection branding_settings cancel_url " +
    "client_reference_id consent_collection custom_fields custom_text customer customer_account " +
    "customer_creation customer_email customer_update discounts excluded_payment_method_types expand " +
    "expires_at integration_identifier line_items locale metadata mode name_collection origin_context " +
    "payment_intent_data payment_method_configuration payment_method_options payment_method_types " +
    "phone_number_collection redirect_on_completion return_url saved_payment_method_options " +
    "shipping_address_collection submit_type success_url tax_id_collection ui_mode wallet_options"
  ).split(" "),
);

/** A page the payer may complete outside the proxy: costs its items when it is made. */
export function priceCheckoutSession({ params }: { params: Params }): PricePlan {
  if (params.mode === "setup") return { kind: "free" };
  if (params.mode !== "payment") return unknown("only checkout pages of mode payment can be priced");
  const odd = Object.keys(params).find((name) => !CHECKOUT_NAMES.has(name));
  if (odd !== undefined) return unknown(`a checkout page with ${odd} cannot be priced`);
  return priceLineItems(params.line_items);
}

const INVOICE_ITEM_NAMES: ReadonlySet<string> = new Set(
  (
    "amount currency customer customer_account description discountable discounts expand invoice metadata " +
    "period price_data pricing quantity subscription"
  ).split(" "),
);

/** What the next invoice will collect: the amount (a credit costs as much), or plain price × quantity. */
export function priceInvoiceItem({ params }: { params: Params }, amount: number | null): PricePlan {
  const odd = Object.keys(params).find((name) => !INVOICE_ITEM_NAMES.has(name));
  if (odd !== undefined) return unknown(`an invoice item with ${odd} cannot be priced`);
  const ways = ["amount", "price_data", "pricing"].filter((name) => hasParam(params, name));
  if (ways.length !== 1)
    return unknown("an invoice item needs exactly one of amount, price_data and pricing");
  const quantity = readAmount(params, "quantity");
  if (!quantity.ok) return quantity.plan;
  const next = (price: ItemPrice): PricePlan => ({ kind: "amount", ...price });
  const context: ItemContext = { count: quantity.value ?? 1, next };
  if (amount !== null) {
    const currency = readCurrency(params);
    if (!currency.ok) return currency.plan;
    // Without one Stripe takes the customer's default currency.
    if (currency.value === null) return unknown("an invoice item with an amount needs a currency");
    return multiplied({ unitAmount: amount, currency: currency.value, ...context });
  }
  if (hasParam(params, "price_data")) return pricePriceData(params.price_data, context);
  const pricing = params.pricing;
  if (!isParams(pricing) || Object.keys(pricing).length !== 1) return unknown("pricing must name one price");
  const price = readId(pricing, "price");
  if (!price.ok) return price.plan;
  return price.value === null ? unknown("pricing must name one price") : priceByPriceId(price.value, context);
}
