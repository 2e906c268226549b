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
const PRICED_ITEMS_MAX = 20;

/** What an item may say for its price to be plain. Anything else (taxes, adjustable quantities …) is not. */
const ITEM_NAMES: ReadonlySet<string> = new Set(["price", "price_data", "quantity", "metadata"]);
const PRICE_DATA_NAMES: ReadonlySet<string> = new Set([
  "currency",
  "unit_amount",
  "product",
  "product_data",
  "metadata",
]);

/** What a list of items may sell: things, or periods of what is billed again and again. */
type PriceType = "one_time" | "recurring";

export interface ItemList {
  /** The parameter. */
  readonly name: string;
  readonly items: ParamValue | undefined;
  readonly types: readonly PriceType[];
}

export interface Sum {
  readonly amountMinor: number;
  /** Null before the first item. */
  readonly currency: string | null;
}

const NOTHING: Sum = { amountMinor: 0, currency: null };

export function priceOfSum({ amountMinor, currency }: Sum): PricePlan {
  return currency === null ? unknown("no item has a price") : { kind: "amount", amountMinor, currency };
}

/** The sum over the items, one period of what recurs, and `before`; a look-up for each that names a price by id. */
export function priceItems(
  list: ItemList,
  then: (sum: Sum) => PricePlan = priceOfSum,
  before: Sum = NOTHING,
): PricePlan {
  const { name, items } = list;
  if (!Array.isArray(items) || items.length === 0) return invalid(name, `${name} must be a list.`);
  if (items.length > PRICED_ITEMS_MAX) return unknown(`more than ${PRICED_ITEMS_MAX} items cannot be priced`);
  const rest = ([item, ...others]: readonly ParamValue[], sum: Sum): PricePlan => {
    if (item === undefined) return then(sum);
    if (!isParams(item)) return invalid(name, "Every item must be an object.");
    return priceItem(item, list, (price) => {
      if (sum.currency !== null && sum.currency !== price.currency)
        return unknown("the items have several currencies");
      const amountMinor = sum.amountMinor + price.amountMinor;
      if (!Number.isSafeInteger(amountMinor)) return unknown("the sum of the items is out of range");
      return rest(others, { amountMinor, currency: price.currency });
    });
  };
  return rest(items, before);
}

interface ItemPrice {
  readonly amountMinor: number;
  readonly currency: string;
}

function priceItem(
  item: Params,
  { name, types }: ItemList,
  next: (price: ItemPrice) => PricePlan,
): PricePlan {
  const odd = Object.keys(item).find((part) => !ITEM_NAMES.has(part));
  if (odd !== undefined) return unknown(`an item with ${odd} cannot be priced`, name);
  const quantity = readAmount(item, "quantity");
  if (!quantity.ok) return quantity.plan;
  const price = readId(item, "price");
  if (!price.ok) return price.plan;
  const data = item.price_data;
  if ((price.value === null) === (data === undefined)) {
    return invalid(name, "Every item needs either price or price_data.");
  }
  const context: ItemContext = { count: quantity.value ?? 1, types, next };
  return price.value === null ? pricePriceData(data, context) : priceByPriceId(price.value, context);
}

export interface ItemContext {
  readonly count: number;
  readonly types: readonly PriceType[];
  readonly next: (price: ItemPrice) => PricePlan;
}

/** A price given in place: currency and unit_amount, nothing tiered or taxed, recurring only where that is sold. */
function pricePriceData(data: ParamValue | undefined, context: ItemContext): PricePlan {
  if (!isParams(data)) return invalid("price_data", "price_data must be an object.");
  const type: PriceType = hasParam(data, "recurring") ? "recurring" : "one_time";
  const odd = Object.keys(data).find((name) => name !== "recurring" && !PRICE_DATA_NAMES.has(name));
  if (odd !== undefined) return unknown(`a price with ${odd} cannot be priced`);
  if (!context.types.includes(type)) return unknown(`a ${type} price is not what is sold here`);
  const unitAmount = requireAmount(data, "unit_amount");
  if (!unitAmount.ok) return unitAmount.plan;
  const currency = requireCurrency(data);
  if (!currency.ok) return currency.plan;
  return multiplied({ unitAmount: unitAmount.value, currency: currency.value, ...context });
}

/**
 * A stored price, when it is a plain amount per unit in one currency: with several, the payer's place or an earlier
 * invoice decides which amount is asked for. What recurs is plain when it is not metered.
 */
function priceByPriceId(id: string, context: ItemContext): PricePlan {
  const query: Params = Object.assign(emptyParams(), { expand: ["currency_options"] });
  return lookUp({ object: "price", collection: "prices", id, query }, (price) => {
    const {
      type,
      billing_scheme: scheme,
      transform_quantity: transform,
      custom_unit_amount: custom,
      currency_options: options,
      recurring,
    } = price.raw;
    const isOneCurrency = Object.keys(options ?? {}).every((code) => code === price.currency);
    const unitAmount = price.amount("unit_amount");
    const isSold = context.types.some((sold) => sold === type);
    const isMetered = (recurring as { usage_type?: unknown } | null | undefined)?.usage_type === "metered";
    const isPlain = isSold && !isMetered && scheme === "per_unit" && transform == null && custom == null;
    if (!isPlain || !isOneCurrency || unitAmount === null)
      return unknown(`the price ${id} is not a plain amount per unit`);
    return multiplied({ unitAmount, currency: price.currency, ...context });
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

/** A page the payer may complete outside the proxy: costs its items when it is made, one period of what recurs. */
export function priceCheckoutSession({ params }: { params: Params }): PricePlan {
  const { mode } = params;
  if (mode === "setup") return { kind: "free" };
  if (mode !== "payment" && mode !== "subscription")
    return unknown("only checkout pages of the modes payment, subscription and setup can be priced", "mode");
  const odd = Object.keys(params).find((name) => !CHECKOUT_NAMES.has(name));
  if (odd !== undefined) return unknown(`a checkout page with ${odd} cannot be priced`, odd);
  const types: PriceType[] = mode === "payment" ? ["one_time"] : ["one_time", "recurring"];
  return priceItems({ name: "line_items", items: params.line_items, types });
}

/** What the next invoice will collect: the amount (a credit costs as much), or plain price × quantity. */
export function priceInvoiceItem({ params }: { params: Params }, amount: number | null): PricePlan {
  const ways = ["amount", "price_data", "pricing"].filter((name) => hasParam(params, name));
  if (ways.length !== 1)
    return unknown("an invoice item needs exactly one of amount, price_data and pricing");
  const quantity = readAmount(params, "quantity");
  if (!quantity.ok) return quantity.plan;
  const next = (price: ItemPrice): PricePlan => ({ kind: "amount", ...price });
  const context: ItemContext = { count: quantity.value ?? 1, types: ["one_time"], next };
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
