import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { type Context, idOf } from "../state.ts";
import { wireDecimal } from "./shares.ts";

const PRODUCT_DATA = {
  active: "boolean",
  description: "text",
  id: "string",
  images: "strings",
  metadata: "metadata",
  name: "string",
  statement_descriptor: "string",
  tax_code: "string",
  unit_label: "string",
} as const satisfies ParameterSpec;

export const RECURRING = {
  ...unsupported("meter"),
  interval: ["day", "week", "month", "year"],
  interval_count: "integer",
  trial_period_days: "integer",
  usage_type: ["licensed"],
} as const satisfies ParameterSpec;

/** `price_data[…]`: a price made for one use. */
export const PRICE_DATA = {
  fields: {
    ...unsupported("unit_amount_decimal"),
    currency: "string",
    product: "string",
    product_data: { fields: PRODUCT_DATA },
    recurring: { fields: RECURRING },
    tax_behavior: ["inclusive", "exclusive", "unspecified"],
    unit_amount: "integer",
  },
} as const;

/** What `product_data` of a price holds. */
export const PRODUCT_DATA_FIELDS = { fields: PRODUCT_DATA } as const;

export function newProduct(context: Context, input: Input): Stripe.Product {
  const product: Stripe.Product = {
    id: input.string("id") ?? context.makeId("product"),
    object: "product",
    active: input.boolean("active") ?? true,
    created: context.now,
    default_price: null,
    description: input.has("description") ? (input.text("description") ?? null) : null,
    images: input.strings("images") ?? [],
    livemode: false,
    marketing_features: [],
    metadata: newMetadata(input.metadata()),
    name: input.requiredString("name"),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: input.string("statement_descriptor") ?? null,
    tax_code: input.string("tax_code") ?? null,
    tax_details: null,
    type: "service",
    unit_label: input.string("unit_label") ?? null,
    updated: context.now,
    url: null,
  };
  if (context.state.products.get(product.id) !== undefined) {
    throw invalidRequest("Product already exists.", { param: "id", code: "resource_already_exists" });
  }
  context.state.products.add(product);
  return product;
}

function recurringOf(input: Input): Stripe.Price.Recurring | null {
  const recurring = input.fields("recurring");
  if (!recurring) return null;
  return {
    interval: recurring.requiredString("interval"),
    interval_count: recurring.integer("interval_count") ?? 1,
    meter: null,
    trial_period_days: recurring.integer("trial_period_days") ?? null,
    usage_type: "licensed",
  };
}

/** Makes a price from `prices.create` or `price_data`; its product is named or made along with it. */
export function newPrice(context: Context, input: Input): Stripe.Price {
  const unitAmount = input.requiredInteger("unit_amount");
  if (unitAmount < 0)
    throw invalidRequest("Invalid non-negative integer", { param: input.path("unit_amount") });
  const data = input.fields("product_data");
  const product = data
    ? newProduct(context, data)
    : context.state.products.need(input.requiredString("product"), input.path("product"));
  const recurring = recurringOf(input);
  const price: Stripe.Price = {
    id: context.makeId("price"),
    object: "price",
    active: input.boolean("active") ?? true,
    billing_scheme: "per_unit",
    created: context.now,
    currency: checkCurrency(input.requiredString("currency")),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: input.string("lookup_key") ?? null,
    metadata: newMetadata(input.metadata()),
    nickname: input.string("nickname") ?? null,
    product: product.id,
    recurring,
    tax_behavior: input.string("tax_behavior") ?? "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: recurring === null ? "one_time" : "recurring",
    unit_amount: unitAmount,
    unit_amount_decimal: wireDecimal(unitAmount),
  };
  context.state.prices.add(price);
  return price;
}

/** The price that `price` or `price_data` of a request means; 400 when neither is there. */
export function needPrice(context: Context, input: Input): Stripe.Price {
  const data = input.fields("price_data");
  if (data) return newPrice(context, data);
  const price = context.state.prices.need(input.requiredString("price"), input.path("price"));
  if (price.active) return price;
  throw invalidRequest("The price specified is inactive. This field only accepts active prices.", {
    param: input.path("price"),
  });
}

/** The checked tax rates that a request names. */
export function taxRatesOf(context: Context, ids: readonly string[], param: string): Stripe.TaxRate[] {
  return ids.map((id) => context.state.taxRates.need(id, param));
}

/** What a price is called where no description is given. */
export function productName(context: Context, price: Stripe.Price): string | null {
  return context.state.products.get(idOf(price.product) ?? "")?.name ?? null;
}

/** The end of the period that begins at a moment, in seconds. Months end on the last day where they are short. */
export function periodEnd(
  start: number,
  recurring: Pick<Stripe.Price.Recurring, "interval" | "interval_count">,
): number {
  const { interval, interval_count: count } = recurring;
  const day = 24 * 60 * 60;
  if (interval === "day") return start + count * day;
  if (interval === "week") return start + count * 7 * day;
  const date = new Date(start * 1000);
  const months = interval === "year" ? 12 * count : count;
  const monthStart = new Date(date);
  monthStart.setUTCDate(1);
  monthStart.setUTCMonth(monthStart.getUTCMonth() + months);
  const daysInMonth = new Date(
    Date.UTC(monthStart.getUTCFullYear(), monthStart.getUTCMonth() + 1, 0),
  ).getUTCDate();
  monthStart.setUTCDate(Math.min(date.getUTCDate(), daysInMonth));
  return Math.floor(monthStart.getTime() / 1000);
}
