import type Stripe from "stripe";
import { invalidRequest, type StripeError } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { createPaymentMethod, instrumentOfHash } from "../instruments.ts";
import { createdFilter, every, LIST_PARAMS, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { checkUsable, needPaymentMethod } from "../payment-sources.ts";
import type { Route } from "../route.ts";
import { confirmSetup } from "../setups.ts";
import { type Context, idOf } from "../state.ts";

const createParams = {
  ...unsupported(
    "allowed_payment_method_types",
    "attach_to_self",
    "confirmation_token",
    "customer_account",
    "excluded_payment_method_types",
    "flow_directions",
    "on_behalf_of",
    "payment_method_configuration",
    "payment_method_options",
    "single_use",
  ),
  automatic_payment_methods: "hash",
  confirm: "boolean",
  customer: "string",
  description: "text",
  expand: "expand",
  mandate_data: "hash",
  metadata: "metadata",
  payment_method: "string",
  payment_method_data: "hash",
  payment_method_types: "strings",
  return_url: "string",
  usage: ["off_session", "on_session"],
  use_stripe_sdk: "boolean",
} as const satisfies Record<keyof Stripe.SetupIntentCreateParams, unknown> & ParameterSpec;

const updateParams = {
  ...unsupported(
    "allowed_payment_method_types",
    "attach_to_self",
    "customer_account",
    "excluded_payment_method_types",
    "flow_directions",
    "payment_method_configuration",
    "payment_method_options",
  ),
  customer: "string",
  description: "text",
  expand: "expand",
  metadata: "metadata",
  payment_method: "string",
  payment_method_data: "hash",
} as const satisfies Record<keyof Stripe.SetupIntentUpdateParams, unknown> & ParameterSpec;

const confirmParams = {
  ...unsupported("allowed_payment_method_types", "confirmation_token", "payment_method_options"),
  expand: "expand",
  mandate_data: "hash",
  payment_method: "string",
  payment_method_data: "hash",
  return_url: "string",
  use_stripe_sdk: "boolean",
} as const satisfies Record<keyof Stripe.SetupIntentConfirmParams, unknown> & ParameterSpec;

const cancelParams = {
  cancellation_reason: ["abandoned", "duplicate", "requested_by_customer"],
  expand: "expand",
} as const satisfies Record<keyof Stripe.SetupIntentCancelParams, unknown> & ParameterSpec;

const listParams = {
  ...LIST_PARAMS,
  ...unsupported("attach_to_self", "customer_account"),
  created: "range",
  customer: "string",
  payment_method: "string",
} as const satisfies Record<keyof Stripe.SetupIntentListParams, unknown> & ParameterSpec;

function unexpected(message: string): StripeError {
  return invalidRequest(message, { code: "setup_intent_unexpected_state" });
}

function newSetupIntent(
  context: Context,
  fields: Partial<Stripe.SetupIntent> & Pick<Stripe.SetupIntent, "customer">,
): Stripe.SetupIntent {
  const id = context.makeId("setupIntent");
  return {
    id,
    object: "setup_intent",
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: { enabled: true },
    cancellation_reason: null,
    client_secret: `${id}${context.makeId("secret")}`,
    created: context.now,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: { enabled: false },
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    single_use_mandate: null,
    status: "requires_payment_method",
    usage: "off_session",
    ...fields,
  };
}

/** Sets the payment method that the request names, checked; the setup waits for confirmation then. */
function setMethod(context: Context, intent: Stripe.SetupIntent, input: Input): void {
  const data = input.hash("payment_method_data");
  const id = input.string("payment_method");
  if (!data && id === undefined) return;
  const method = data
    ? createPaymentMethod(context, instrumentOfHash(data, "payment_method_data[type]"))
    : needPaymentMethod(context, id ?? "", "payment_method");
  checkUsable(context.state, method, idOf(intent.customer));
  intent.payment_method = method.id;
  intent.status = "requires_confirmation";
}

function prepareCreate(input: Input): (context: Context) => Stripe.SetupIntent {
  const types = input.strings("payment_method_types");
  return (context) => {
    const { state } = context;
    const customer = input.string("customer") ?? null;
    if (customer !== null) state.customers.need(customer, "customer");
    const intent = newSetupIntent(context, {
      customer,
      ...(types === undefined ? {} : { automatic_payment_methods: null, payment_method_types: types }),
      description: input.text("description") ?? null,
      metadata: newMetadata(input.metadata()),
      usage: input.string("usage") ?? "off_session",
    });
    setMethod(context, intent, input);
    state.setupIntents.add(intent);
    recordEvent(context, "setup_intent.created", intent);
    if (input.boolean("confirm")) confirmSetup(context, intent, { authenticated: false });
    return intent;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.SetupIntent {
  return (context) => {
    const { state } = context;
    const intent = state.setupIntents.need(id, "id");
    if (intent.status === "succeeded" || intent.status === "canceled") {
      throw unexpected(`You cannot update this SetupIntent because it has a status of ${intent.status}.`);
    }
    const customer = input.string("customer");
    if (customer !== undefined) state.customers.need(customer, "customer");
    const metadata = mergeMetadata(intent.metadata ?? {}, input.metadata());
    state.setupIntents.update(intent, (changed) => {
      changed.customer = customer ?? changed.customer;
      changed.metadata = metadata;
      if (input.has("description")) changed.description = input.text("description") ?? null;
    });
    setMethod(context, intent, input);
    return intent;
  };
}

function prepareConfirm(input: Input, id: string): (context: Context) => Stripe.SetupIntent {
  return (context) => {
    const intent = context.state.setupIntents.need(id, "id");
    setMethod(context, intent, input);
    confirmSetup(context, intent, { authenticated: false });
    return intent;
  };
}

function prepareCancel(input: Input, id: string): (context: Context) => Stripe.SetupIntent {
  return (context) => {
    const intent = context.state.setupIntents.need(id, "id");
    if (intent.status === "succeeded" || intent.status === "canceled") {
      throw unexpected(`You cannot cancel this SetupIntent because it has a status of ${intent.status}.`);
    }
    intent.status = "canceled";
    intent.cancellation_reason = input.string("cancellation_reason") ?? null;
    recordEvent(context, "setup_intent.canceled", intent);
    return intent;
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const customer = input.string("customer");
  const method = input.string("payment_method");
  const where = every<Stripe.SetupIntent>(
    createdFilter(input),
    method === undefined ? undefined : (intent) => idOf(intent.payment_method) === method,
  );
  const index = customer === undefined ? undefined : { name: "customer", key: customer };
  return ({ state }) => listPage(state.setupIntents, { ...bounds, where, index, url: "/v1/setup_intents" });
}

const write = { method: "POST", permission: "rak_setup_intent_write", returns: "setup_intent" } as const;
const read = { method: "GET", permission: "rak_setup_intent_read" } as const;

export const setupIntentRoutes: readonly Route[] = [
  {
    ...write,
    path: "/v1/setup_intents",
    operation: "setupIntents.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...read,
    path: "/v1/setup_intents",
    operation: "setupIntents.list",
    params: listParams,
    returns: "list:setup_intent",
    prepare: prepareList,
  },
  {
    ...read,
    path: "/v1/setup_intents/{id}",
    operation: "setupIntents.retrieve",
    params: { client_secret: "string", expand: "expand" },
    returns: "setup_intent",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.setupIntents.need(id, "id"),
  },
  {
    ...write,
    path: "/v1/setup_intents/{id}",
    operation: "setupIntents.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    path: "/v1/setup_intents/{id}/confirm",
    operation: "setupIntents.confirm",
    params: confirmParams,
    prepare: prepareConfirm,
  },
  {
    ...write,
    path: "/v1/setup_intents/{id}/cancel",
    operation: "setupIntents.cancel",
    params: cancelParams,
    prepare: prepareCancel,
  },
];
