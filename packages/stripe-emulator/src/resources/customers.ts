import type Stripe from "stripe";
import { parseAddress, parseShipping } from "../address.ts";
import { newCustomer } from "../customer-object.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { deletedCustomer } from "../expand.ts";
import { cardOfHash, checkAttachable, createCard, needToken } from "../instruments.ts";
import { createdFilter, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import type { Input, ParameterSpec } from "../params.ts";
import { attachPaymentMethod, checkUsable, needPaymentMethod, traitsOf } from "../payment-sources.ts";
import type { Route } from "../route.ts";
import { searchRoute } from "../search.ts";
import { type Context, idOf } from "../state.ts";

const commonParams = {
  address: "hash",
  balance: "unsupported",
  business_name: "text",
  cash_balance: "unsupported",
  description: "text",
  email: "text",
  expand: "expand",
  individual_name: "text",
  invoice_prefix: "string",
  invoice_settings: "hash",
  metadata: "metadata",
  name: "text",
  next_invoice_sequence: "integer",
  phone: "text",
  preferred_locales: "strings",
  shipping: "hash",
  source: "source",
  tax: "unsupported",
  tax_exempt: ["none", "exempt", "reverse"],
  validate: "boolean",
} as const satisfies ParameterSpec;

const createParams = {
  ...commonParams,
  payment_method: "string",
  tax_id_data: "unsupported",
  test_clock: "unsupported",
} as const satisfies Record<keyof Stripe.CustomerCreateParams, unknown> & ParameterSpec;

const updateParams = {
  ...commonParams,
  default_source: "string",
} as const satisfies Record<keyof Stripe.CustomerUpdateParams, unknown> & ParameterSpec;

const listParams = {
  ...LIST_PARAMS,
  created: "range",
  email: "string",
  test_clock: "unsupported",
} as const satisfies Record<keyof Stripe.CustomerListParams, unknown> & ParameterSpec;

/** The source's card, checked to be one that a customer may have; 402 when it declines. */
function parseSource(context: Context, input: Input) {
  const hash = input.hash("source");
  if (hash === undefined) return null;
  const test = hash === null ? needToken(input.string("source") ?? "") : cardOfHash(hash);
  checkAttachable(test);
  return (customer: string) => createCard(context, test, customer).id;
}

function applyFields(customer: Stripe.Customer, input: Input): void {
  if (input.has("address")) customer.address = parseAddress(input.hash("address"), "address");
  if (input.has("description")) customer.description = input.text("description") ?? null;
  if (input.has("email")) customer.email = input.text("email") ?? null;
  if (input.has("name")) customer.name = input.text("name") ?? null;
  if (input.has("phone")) customer.phone = input.text("phone") ?? null;
  if (input.has("business_name")) customer.business_name = input.text("business_name") ?? "";
  if (input.has("individual_name")) customer.individual_name = input.text("individual_name") ?? "";
  if (input.has("shipping")) customer.shipping = parseShipping(input.hash("shipping"));
  customer.preferred_locales = input.strings("preferred_locales") ?? customer.preferred_locales ?? [];
  customer.tax_exempt = input.string("tax_exempt") ?? customer.tax_exempt ?? "none";
  customer.invoice_prefix = input.string("invoice_prefix") ?? customer.invoice_prefix ?? null;
  customer.next_invoice_sequence =
    input.integer("next_invoice_sequence") ?? customer.next_invoice_sequence ?? 1;
}

function checkDefaultPaymentMethod(input: Input): string | undefined {
  const settings = input.hash("invoice_settings");
  if (settings === undefined || settings === null) return undefined;
  const unsupported = Object.keys(settings).find((name) => name !== "default_payment_method");
  if (unsupported !== undefined) {
    const param = `invoice_settings[${unsupported}]`;
    throw invalidRequest(`The keybrake emulator does not support the parameter '${param}'.`, { param });
  }
  const id = settings.default_payment_method;
  return typeof id === "string" ? id : undefined;
}

function refuseDefaultPaymentMethod(id: string): never {
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { param: "invoice_settings[default_payment_method]", code: "resource_missing" },
  );
}

/** Checks, then sets; an empty id unsets. */
function setDefaultPaymentMethod(context: Context, customer: Stripe.Customer, id: string | undefined): void {
  if (id === undefined) return;
  const owner = idOf(context.state.paymentMethods.get(id)?.customer);
  if (id !== "" && owner !== customer.id) refuseDefaultPaymentMethod(id);
  customer.invoice_settings.default_payment_method = id === "" ? null : id;
}

function prepareCreate(input: Input): (context: Context) => Stripe.Customer {
  // Everything that the request alone can get wrong, before anything is made.
  parseAddress(input.hash("address"), "address");
  parseShipping(input.hash("shipping"));
  const defaultMethod = checkDefaultPaymentMethod(input);
  return (context) => {
    const { state } = context;
    const makeSource = parseSource(context, input);
    const methodId = input.string("payment_method");
    if (defaultMethod && defaultMethod !== methodId) refuseDefaultPaymentMethod(defaultMethod);
    const method = methodId === undefined ? null : needPaymentMethod(context, methodId, "payment_method");
    const customer = newCustomer(context);
    if (method !== null) {
      checkUsable(state, method, null);
      checkAttachable(traitsOf(state, method.id));
      attachPaymentMethod(state, method, customer.id);
    }
    applyFields(customer, input);
    customer.metadata = newMetadata(input.metadata());
    customer.default_source = makeSource === null ? null : makeSource(customer.id);
    // `payment_method=pm_card_visa` makes a new id, which the caller cannot know: the test id means it.
    if (method !== null && defaultMethod === methodId) {
      customer.invoice_settings.default_payment_method = method.id;
    }
    state.customers.add(customer);
    recordEvent(context, "customer.created", customer);
    return customer;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Customer {
  parseAddress(input.hash("address"), "address");
  parseShipping(input.hash("shipping"));
  const defaultMethod = checkDefaultPaymentMethod(input);
  return (context) => {
    const { state } = context;
    const customer = state.customers.need(id, "id");
    const makeSource = parseSource(context, input);
    const defaultSource = input.string("default_source");
    if (defaultSource !== undefined && idOf(state.cards.get(defaultSource)?.customer) !== id) {
      state.cards.missing(defaultSource, "default_source");
    }
    const metadata = mergeMetadata(customer.metadata, input.metadata());
    setDefaultPaymentMethod(context, customer, defaultMethod);
    state.customers.update(customer, (changed) => {
      applyFields(changed, input);
      changed.metadata = metadata;
      if (defaultSource !== undefined) changed.default_source = defaultSource;
      // A new source replaces the default one, as Stripe does it.
      if (makeSource !== null) {
        const old = idOf(changed.default_source);
        changed.default_source = makeSource(id);
        if (old !== null) state.cards.delete(old);
      }
    });
    recordEvent(context, "customer.updated", customer);
    return customer;
  };
}

function prepareDelete(_input: Input, id: string): (context: Context) => object {
  return (context) => {
    const { state } = context;
    const customer = state.customers.need(id, "id");
    state.customers.delete(id);
    state.deletedCustomers.add(id);
    recordEvent(context, "customer.deleted", customer);
    return deletedCustomer(id);
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const email = input.string("email");
  const where = createdFilter(input);
  return ({ state }) =>
    listPage(state.customers, {
      ...bounds,
      where,
      index: email === undefined ? undefined : { name: "email", key: email },
      url: "/v1/customers",
    });
}

const write = { permission: "rak_customer_write", returns: "customer" } as const;

export const customerRoutes: readonly Route[] = [
  searchRoute({
    resource: "customers",
    operation: "customers.search",
    fields: ["created", "email", "metadata", "name", "phone"],
    permission: "rak_customer_read",
    returns: "list:customer",
    collection: (state) => state.customers,
  }),
  {
    ...write,
    method: "POST",
    path: "/v1/customers",
    operation: "customers.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    method: "GET",
    path: "/v1/customers",
    operation: "customers.list",
    permission: "rak_customer_read",
    params: listParams,
    returns: "list:customer",
    prepare: prepareList,
  },
  {
    method: "GET",
    path: "/v1/customers/{id}",
    operation: "customers.retrieve",
    permission: "rak_customer_read",
    params: { expand: "expand" },
    returns: "customer",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.deletedCustomers.has(id) ? deletedCustomer(id) : state.customers.need(id, "id"),
  },
  {
    ...write,
    method: "POST",
    path: "/v1/customers/{id}",
    operation: "customers.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    method: "DELETE",
    path: "/v1/customers/{id}",
    operation: "customers.del",
    params: {},
    prepare: prepareDelete,
  },
];
