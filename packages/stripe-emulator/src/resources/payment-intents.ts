import type Stripe from "stripe";
import { parseShipping } from "../address.ts";
import type { ConnectTerms } from "../charge-object.ts";
import { checkConnect } from "../connect-params.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { createPaymentMethod, instrumentOfHash } from "../instruments.ts";
import { newIntent } from "../intent-object.ts";
import { confirmIntent, setPaymentMethod, unexpectedState, usablePaymentMethod } from "../intents.ts";
import { createdFilter, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkChargeAmount, checkCurrency } from "../money.ts";
import type { Input } from "../params.ts";
import type { Route } from "../route.ts";
import { searchRoute } from "../search.ts";
import { type Context, idOf } from "../state.ts";
import { prepareCancel, prepareCapture, prepareIncrement } from "./payment-intent-actions.ts";
import {
  cancelParams,
  captureParams,
  confirmParams,
  createParams,
  incrementParams,
  listParams,
  updateParams,
} from "./payment-intent-params.ts";

/** The payment method that the request names, checked before anything is changed; null when it names none. */
function chooseMethod(context: Context, input: Input, customer: string | null): Stripe.PaymentMethod | null {
  const data = input.hash("payment_method_data");
  if (data) return createPaymentMethod(context, instrumentOfHash(data, "payment_method_data[type]"));
  const id = input.string("payment_method");
  return id === undefined ? null : usablePaymentMethod(context, { id, customer });
}

/** Who shares in the payment, as the intent shows it. */
function sharedBy(connect: ConnectTerms): Partial<Stripe.PaymentIntent> {
  const { destination, transferMinor } = connect;
  return {
    application_fee_amount: connect.applicationFeeMinor,
    on_behalf_of: connect.onBehalfOf,
    transfer_data:
      destination === null
        ? null
        : { ...(transferMinor === null ? {} : { amount: transferMinor }), destination },
  };
}

/** As they came; only `card[request_incremental_authorization]` has an effect. */
function optionsOf(input: Input): Stripe.PaymentIntent.PaymentMethodOptions | undefined {
  return (input.hash("payment_method_options") ?? undefined) as
    | Stripe.PaymentIntent.PaymentMethodOptions
    | undefined;
}

function confirmationOf(input: Input) {
  // off_session may also be a word (`one_off`, `recurring`): everything but false means nobody is there.
  const offSession = input.string("off_session");
  return {
    offSession: offSession !== undefined && offSession !== "false",
    errorOnRequiresAction: input.boolean("error_on_requires_action") ?? false,
    returnUrl: input.string("return_url") ?? null,
  };
}

function prepareCreate(input: Input): (context: Context) => Stripe.PaymentIntent {
  const amount = input.requiredInteger("amount");
  const currency = checkCurrency(input.requiredString("currency"));
  checkChargeAmount(amount, currency);
  const shipping = parseShipping(input.hash("shipping"));
  const confirm = input.boolean("confirm") ?? false;
  if (input.has("off_session") && !confirm) {
    throw invalidRequest("off_session can only be used with confirm=true.", { param: "off_session" });
  }
  const confirmation = confirmationOf(input);
  const types = input.strings("payment_method_types");
  return (context) => {
    const { state } = context;
    const customer = input.string("customer") ?? null;
    if (customer !== null) state.customers.need(customer, "customer");
    const connect = checkConnect(context, input);
    const method = chooseMethod(context, input, customer);
    const intent = newIntent(context, {
      amount,
      currency,
      customer,
      ...(types === undefined ? {} : { automatic_payment_methods: null }),
      ...(types === undefined ? {} : { payment_method_types: types }),
      ...sharedBy(connect),
      payment_method_options: optionsOf(input) ?? {},
      capture_method: input.string("capture_method") ?? "automatic_async",
      confirmation_method: input.string("confirmation_method") ?? "automatic",
      description: input.text("description") ?? null,
      metadata: newMetadata(input.metadata()),
      receipt_email: input.text("receipt_email") ?? null,
      setup_future_usage: input.text("setup_future_usage") ?? null,
      shipping,
      statement_descriptor: input.text("statement_descriptor") ?? null,
      statement_descriptor_suffix: input.text("statement_descriptor_suffix") ?? null,
      transfer_group: input.text("transfer_group") ?? null,
    });
    setPaymentMethod(intent, method);
    state.paymentIntents.add(intent);
    state.books.paymentIntent("created");
    recordEvent(context, "payment_intent.created", intent);
    if (confirm) confirmIntent(context, intent, confirmation);
    return intent;
  };
}

function prepareConfirm(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const confirmation = confirmationOf(input);
  const shipping = parseShipping(input.hash("shipping"));
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(intent.status)) {
      throw unexpectedState(
        `You cannot confirm this PaymentIntent because it has already ${intent.status === "succeeded" ? "succeeded after being previously confirmed" : `reached the status ${intent.status}`}.`,
      );
    }
    const method = chooseMethod(context, input, idOf(intent.customer));
    if (input.has("receipt_email")) intent.receipt_email = input.text("receipt_email") ?? null;
    if (input.has("shipping")) intent.shipping = shipping;
    intent.capture_method = input.string("capture_method") ?? intent.capture_method;
    intent.setup_future_usage = input.text("setup_future_usage") ?? intent.setup_future_usage;
    intent.payment_method_options = optionsOf(input) ?? intent.payment_method_options;
    setPaymentMethod(intent, method);
    confirmIntent(context, intent, confirmation);
    return intent;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const amount = input.integer("amount");
  const currency = input.string("currency");
  const checkedCurrency = currency === undefined ? undefined : checkCurrency(currency);
  const shipping = parseShipping(input.hash("shipping"));
  return (context) => {
    const { paymentIntents, customers } = context.state;
    const intent = paymentIntents.need(id, "id");
    const movesMoney = ["amount", "currency", "customer", "payment_method", "payment_method_data"];
    const editable = ["requires_payment_method", "requires_confirmation", "requires_action"];
    if (movesMoney.some((name) => input.has(name)) && !editable.includes(intent.status)) {
      throw unexpectedState(
        `This PaymentIntent's amount, currency, customer and payment method could not be updated because it has a status of ${intent.status}.`,
      );
    }
    if (amount !== undefined) checkChargeAmount(amount, checkedCurrency ?? intent.currency);
    const customer = input.string("customer");
    if (customer !== undefined) customers.need(customer, "customer");
    const metadata = mergeMetadata(intent.metadata, input.metadata());
    const method = chooseMethod(context, input, customer ?? idOf(intent.customer));
    paymentIntents.update(intent, (changed) => {
      changed.customer = customer ?? changed.customer;
      changed.amount = amount ?? changed.amount;
      changed.currency = checkedCurrency ?? changed.currency;
      changed.metadata = metadata;
      changed.capture_method = input.string("capture_method") ?? changed.capture_method;
      if (input.has("description")) changed.description = input.text("description") ?? null;
      if (input.has("receipt_email")) changed.receipt_email = input.text("receipt_email") ?? null;
      if (input.has("shipping")) changed.shipping = shipping;
      if (input.has("transfer_group")) changed.transfer_group = input.text("transfer_group") ?? null;
      changed.application_fee_amount =
        input.integer("application_fee_amount") ?? changed.application_fee_amount;
      const transferMinor = input.fields("transfer_data")?.integer("amount");
      const transfer = changed.transfer_data;
      if (transfer && transferMinor !== undefined) transfer.amount = transferMinor;
      if (input.has("setup_future_usage")) {
        changed.setup_future_usage = input.text("setup_future_usage") ?? null;
      }
    });
    setPaymentMethod(intent, method);
    return intent;
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const customer = input.string("customer");
  const where = createdFilter(input);
  return ({ state }) =>
    listPage(state.paymentIntents, {
      ...bounds,
      where,
      index: customer === undefined ? undefined : { name: "customer", key: customer },
      url: "/v1/payment_intents",
    });
}

function prepareRetrieve(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  return ({ state }) => {
    const intent = state.paymentIntents.need(id, "id");
    const secret = input.string("client_secret");
    if (secret !== undefined && secret !== intent.client_secret) {
      throw invalidRequest(
        "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
        {
          param: "client_secret",
          code: "payment_intent_invalid_parameter",
        },
      );
    }
    return intent;
  };
}

const write = { method: "POST", permission: "rak_payment_intent_write", returns: "payment_intent" } as const;
const read = { method: "GET", permission: "rak_payment_intent_read" } as const;

export const paymentIntentRoutes: readonly Route[] = [
  searchRoute({
    resource: "payment_intents",
    operation: "paymentIntents.search",
    fields: ["amount", "created", "currency", "customer", "metadata", "status"],
    permission: "rak_payment_intent_read",
    returns: "list:payment_intent",
    collection: (state) => state.paymentIntents,
  }),
  {
    ...write,
    path: "/v1/payment_intents",
    operation: "paymentIntents.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...read,
    path: "/v1/payment_intents",
    operation: "paymentIntents.list",
    params: listParams,
    returns: "list:payment_intent",
    prepare: prepareList,
  },
  {
    ...read,
    path: "/v1/payment_intents/{id}",
    operation: "paymentIntents.retrieve",
    params: { client_secret: "string", expand: "expand" },
    returns: "payment_intent",
    prepare: prepareRetrieve,
  },
  {
    ...write,
    path: "/v1/payment_intents/{id}",
    operation: "paymentIntents.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    path: "/v1/payment_intents/{id}/confirm",
    operation: "paymentIntents.confirm",
    params: confirmParams,
    prepare: prepareConfirm,
  },
  {
    ...write,
    path: "/v1/payment_intents/{id}/capture",
    operation: "paymentIntents.capture",
    params: captureParams,
    prepare: prepareCapture,
  },
  {
    ...write,
    path: "/v1/payment_intents/{id}/increment_authorization",
    operation: "paymentIntents.incrementAuthorization",
    params: incrementParams,
    prepare: prepareIncrement,
  },
  {
    ...write,
    path: "/v1/payment_intents/{id}/cancel",
    operation: "paymentIntents.cancel",
    params: cancelParams,
    prepare: prepareCancel,
  },
];
