import type Stripe from "stripe";
import { parseBillingDetails } from "../address.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import {
  checkAttachable,
  createPaymentMethod,
  emptyBillingDetails,
  instrumentOfHash,
} from "../instruments.ts";
import { LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { newMetadata } from "../metadata.ts";
import { type Input, missingParameter, type ParameterSpec } from "../params.ts";
import { attachPaymentMethod, checkUsable, needPaymentMethod, traitsOf } from "../payment-sources.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

/** A parameter of another type of payment method is unknown here. */
const createParams = {
  allow_redisplay: ["always", "limited", "unspecified"],
  billing_details: "hash",
  card: "hash",
  customer: "unsupported",
  expand: "expand",
  metadata: "metadata",
  payment_method: "unsupported",
  sepa_debit: { fields: { iban: "string" } },
  type: ["card", "us_bank_account", "sepa_debit"],
  us_bank_account: {
    fields: {
      account_holder_type: ["individual", "company"],
      account_number: "string",
      account_type: ["checking", "savings"],
      routing_number: "string",
    },
  },
} as const satisfies Partial<Record<keyof Stripe.PaymentMethodCreateParams, unknown>> & ParameterSpec;

const listParams = {
  ...LIST_PARAMS,
  allow_redisplay: "unsupported",
  customer: "string",
  customer_account: "unsupported",
  type: "string",
} as const satisfies Record<keyof Stripe.PaymentMethodListParams, unknown> & ParameterSpec;

function prepareCreate(input: Input): (context: Context) => Stripe.PaymentMethod {
  const type = input.requiredString("type");
  const details = input.hash(type);
  if (details === null || details === undefined) return missingParameter(type);
  const billing = parseBillingDetails(input.hash("billing_details"), emptyBillingDetails());
  return (context) => {
    const method = createPaymentMethod(context, instrumentOfHash({ type, [type]: details }, "type"), billing);
    method.allow_redisplay = input.string("allow_redisplay") ?? "unspecified";
    method.metadata = newMetadata(input.metadata());
    return method;
  };
}

function prepareAttach(input: Input, id: string): (context: Context) => Stripe.PaymentMethod {
  const customer = input.requiredString("customer");
  return (context) => {
    const { state } = context;
    state.customers.need(customer, "customer");
    const method = needPaymentMethod(context, id, "id");
    checkUsable(state, method, customer);
    if (idOf(method.customer) === customer) return method;
    checkAttachable(traitsOf(state, method.id));
    attachPaymentMethod(state, method, customer);
    recordEvent(context, "payment_method.attached", method);
    return method;
  };
}

function prepareDetach(_input: Input, id: string): (context: Context) => Stripe.PaymentMethod {
  return (context) => {
    const { paymentMethods, spentPaymentMethods, customers } = context.state;
    const method = paymentMethods.need(id, "id");
    const owner = idOf(method.customer);
    if (owner === null) {
      throw invalidRequest(
        "The payment method you provided is not attached to a customer so detachment is impossible.",
      );
    }
    paymentMethods.update(method, (changed) => {
      changed.customer = null;
    });
    spentPaymentMethods.add(id);
    const settings = customers.get(owner)?.invoice_settings;
    if (settings?.default_payment_method === id) settings.default_payment_method = null;
    recordEvent(context, "payment_method.detached", method);
    return method;
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const customer = input.string("customer");
  const type = input.string("type");
  return ({ state }) => {
    if (customer !== undefined) state.customers.need(customer, "customer");
    return listPage(state.paymentMethods, {
      ...bounds,
      index: customer === undefined ? undefined : { name: "customer", key: customer },
      where: type === undefined ? undefined : (method) => method.type === type,
      url: "/v1/payment_methods",
    });
  };
}

const write = { method: "POST", permission: "rak_payment_method_write", returns: "payment_method" } as const;
const read = { method: "GET", permission: "rak_payment_method_read" } as const;

export const paymentMethodRoutes: readonly Route[] = [
  {
    ...write,
    path: "/v1/payment_methods",
    operation: "paymentMethods.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...read,
    path: "/v1/payment_methods",
    operation: "paymentMethods.list",
    params: listParams,
    returns: "list:payment_method",
    prepare: prepareList,
  },
  {
    ...read,
    path: "/v1/payment_methods/{id}",
    operation: "paymentMethods.retrieve",
    params: { expand: "expand" },
    returns: "payment_method",
    prepare: (_input, id) => (context) => needPaymentMethod(context, id, "id"),
  },
  {
    ...write,
    path: "/v1/payment_methods/{id}/attach",
    operation: "paymentMethods.attach",
    params: { customer: "string", customer_account: "unsupported", expand: "expand" },
    prepare: prepareAttach,
  },
  {
    ...write,
    path: "/v1/payment_methods/{id}/detach",
    operation: "paymentMethods.detach",
    params: { expand: "expand" },
    prepare: prepareDetach,
  },
];
