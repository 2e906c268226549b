import type Stripe from "stripe";
import { newPrice, newProduct, PRODUCT_DATA_FIELDS, RECURRING } from "../billing/catalog.ts";
import { invalidRequest } from "../errors.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const productCreateParams = {
  ...unsupported(
    "default_price_data",
    "marketing_features",
    "package_dimensions",
    "shippable",
    "tax_details",
    "type",
    "url",
  ),
  active: "boolean",
  description: "text",
  expand: "expand",
  id: "string",
  images: "strings",
  metadata: "metadata",
  name: "string",
  statement_descriptor: "string",
  tax_code: "string",
  unit_label: "string",
} as const satisfies Record<keyof Stripe.ProductCreateParams, unknown> & ParameterSpec;

const productUpdateParams = {
  ...unsupported("images", "marketing_features", "package_dimensions", "shippable", "tax_details", "url"),
  active: "boolean",
  default_price: "string",
  description: "text",
  expand: "expand",
  metadata: "metadata",
  name: "string",
  statement_descriptor: "string",
  tax_code: "text",
  unit_label: "text",
} as const satisfies Record<keyof Stripe.ProductUpdateParams, unknown> & ParameterSpec;

const priceCreateParams = {
  ...unsupported(
    "billing_scheme",
    "currency_options",
    "custom_unit_amount",
    "tiers",
    "tiers_mode",
    "transfer_lookup_key",
    "transform_quantity",
    "unit_amount_decimal",
  ),
  active: "boolean",
  currency: "string",
  expand: "expand",
  lookup_key: "string",
  metadata: "metadata",
  nickname: "string",
  product: "string",
  product_data: PRODUCT_DATA_FIELDS,
  recurring: { fields: RECURRING },
  tax_behavior: ["inclusive", "exclusive", "unspecified"],
  unit_amount: "integer",
} as const satisfies Record<keyof Stripe.PriceCreateParams, unknown> & ParameterSpec;

const priceUpdateParams = {
  ...unsupported("currency_options", "tax_behavior", "transfer_lookup_key"),
  active: "boolean",
  expand: "expand",
  lookup_key: "string",
  metadata: "metadata",
  nickname: "string",
} as const satisfies Record<keyof Stripe.PriceUpdateParams, unknown> & ParameterSpec;

const taxRateCreateParams = {
  active: "boolean",
  country: "string",
  description: "string",
  display_name: "string",
  expand: "expand",
  inclusive: "boolean",
  jurisdiction: "string",
  metadata: "metadata",
  percentage: "decimal",
  state: "string",
  tax_type: "string",
} as const satisfies Record<keyof Stripe.TaxRateCreateParams, unknown> & ParameterSpec;

function prepareUpdateProduct(input: Input, id: string): (context: Context) => Stripe.Product {
  return ({ state, now }) => {
    const product = state.products.need(id, "id");
    const price = input.string("default_price");
    if (price !== undefined) product.default_price = state.prices.need(price, "default_price").id;
    product.active = input.boolean("active") ?? product.active;
    product.name = input.string("name") ?? product.name;
    product.metadata = mergeMetadata(product.metadata, input.metadata());
    product.statement_descriptor =
      input.string("statement_descriptor") ?? product.statement_descriptor ?? null;
    if (input.has("description")) product.description = input.text("description") ?? null;
    if (input.has("tax_code")) product.tax_code = input.text("tax_code") ?? null;
    if (input.has("unit_label")) product.unit_label = input.text("unit_label") ?? null;
    product.updated = now;
    return product;
  };
}

function prepareDeleteProduct(_input: Input, id: string): (context: Context) => object {
  return ({ state }) => {
    state.products.need(id, "id");
    if ([...state.prices.values()].some((price) => idOf(price.product) === id)) {
      throw invalidRequest("This product cannot be deleted because it has one or more user-created prices.");
    }
    state.products.delete(id);
    return { id, object: "product", deleted: true };
  };
}

function prepareUpdatePrice(input: Input, id: string): (context: Context) => Stripe.Price {
  return ({ state }) => {
    const price = state.prices.need(id, "id");
    price.active = input.boolean("active") ?? price.active;
    price.lookup_key = input.string("lookup_key") ?? price.lookup_key;
    price.nickname = input.string("nickname") ?? price.nickname;
    price.metadata = mergeMetadata(price.metadata, input.metadata());
    return price;
  };
}

function prepareCreateTaxRate(input: Input): (context: Context) => Stripe.TaxRate {
  const percentage = input.decimal("percentage");
  if (percentage === undefined || percentage < 0 || percentage > 100) {
    throw invalidRequest("percentage must be between 0 and 100.", { param: "percentage" });
  }
  const displayName = input.requiredString("display_name");
  const inclusive = input.boolean("inclusive") ?? input.requiredString("inclusive") === "true";
  return (context) => {
    const rate: Stripe.TaxRate = {
      id: context.makeId("taxRate"),
      object: "tax_rate",
      active: input.boolean("active") ?? true,
      country: input.string("country") ?? null,
      created: context.now,
      description: input.string("description") ?? null,
      display_name: displayName,
      effective_percentage: percentage,
      flat_amount: null,
      inclusive,
      jurisdiction: input.string("jurisdiction") ?? null,
      jurisdiction_level: null,
      livemode: false,
      metadata: newMetadata(input.metadata()),
      percentage,
      rate_type: "percentage",
      state: input.string("state") ?? null,
      tax_type: (input.string("tax_type") ?? null) as Stripe.TaxRate.TaxType | null,
    };
    context.state.taxRates.add(rate);
    return rate;
  };
}

const post = { method: "POST" } as const;
const product = { permission: "rak_product_write", returns: "product" } as const;
const price = { permission: "rak_plan_write", returns: "price" } as const;

/** What is sold: products, prices and the tax on them. */
export const catalogRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Product>({
    path: "/v1/products",
    name: "products",
    permission: "rak_product_read",
    returns: "product",
    collection: ({ products }) => products,
  }),
  ...readRoutes<Stripe.Price>({
    path: "/v1/prices",
    name: "prices",
    permission: "rak_plan_read",
    returns: "price",
    collection: ({ prices }) => prices,
    filters: { product: "string", type: "string", currency: "string" },
    where: (input) => [
      equals(input, "product", (value: Stripe.Price) => idOf(value.product)),
      equals(input, "type", (value: Stripe.Price) => value.type),
      equals(input, "currency", (value: Stripe.Price) => value.currency),
    ],
  }),
  ...readRoutes<Stripe.TaxRate>({
    path: "/v1/tax_rates",
    name: "taxRates",
    permission: "rak_tax_rate_read",
    returns: "tax_rate",
    collection: ({ taxRates }) => taxRates,
  }),
  {
    ...product,
    ...post,
    path: "/v1/products",
    operation: "products.create",
    params: productCreateParams,
    prepare: (input) => (context) => newProduct(context, input),
  },
  {
    ...product,
    ...post,
    path: "/v1/products/{id}",
    operation: "products.update",
    params: productUpdateParams,
    prepare: prepareUpdateProduct,
  },
  {
    ...product,
    method: "DELETE",
    path: "/v1/products/{id}",
    operation: "products.del",
    params: {},
    prepare: prepareDeleteProduct,
  },
  {
    ...price,
    ...post,
    path: "/v1/prices",
    operation: "prices.create",
    params: priceCreateParams,
    prepare: (input) => (context) => newPrice(context, input),
  },
  {
    ...price,
    ...post,
    path: "/v1/prices/{id}",
    operation: "prices.update",
    params: priceUpdateParams,
    prepare: prepareUpdatePrice,
  },
  {
    ...post,
    path: "/v1/tax_rates",
    operation: "taxRates.create",
    permission: "rak_tax_rate_write",
    params: taxRateCreateParams,
    returns: "tax_rate",
    prepare: prepareCreateTaxRate,
  },
];
