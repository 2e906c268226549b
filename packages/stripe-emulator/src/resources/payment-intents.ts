import type Stripe from "stripe";
import { parseShipping } from "../address.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import type { FormHash } from "../form.ts";
import { cardOfHash, createPaymentMethod } from "../instruments.ts";
import { newIntent } from "../intent-object.ts";
import {
  cancelIntent,
  captureIntent,
  confirmIntent,
  setPaymentMethod,
  unexpectedState,
  usablePaymentMethod,
} from "../intents.ts";
import { createdFilter, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkChargeAmount, checkCurrency, formatMinor } from "../money.ts";
import type { Input } from "../params.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";
import {
  cancelParams,
  captureParams,
  confirmParams,
  createParams,
  listParams,
  updateParams,
} from "./payment-intent-params.ts";

function checkPaymentMethodData(hash: FormHash | null | undefined): FormHash | undefined {
  if (hash === null || hash === undefined) return undefined;
  const { type, card } = hash;
  if (type !== "card" || typeof card !== "object" || Array.isArray(card)) {
    throw invalidRequest("The keybrake emulator has payment methods of type card only.", {
      param: "payment_method_data[type]",
    });
  }
  return card;
}

/** The payment method that the request names, checked before anything is changed; null when it names none. */
function chooseMethod(context: Context, input: Input, customer: string | null): Stripe.PaymentMethod | null {
  const data = checkPaymentMethodData(input.hash("payment_method_data"));
  if (data !== undefined) return createPaymentMethod(context, cardOfHash(data));
  const id = input.string("payment_method");
  return id === undefined ? null : usablePaymentMethod(context, { id, customer });
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
  checkPaymentMethodData(input.hash("payment_method_data"));
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
    const method = chooseMethod(context, input, customer);
    const intent = newIntent(context, {
      amount,
      currency,
      customer,
      ...(types === undefined ? {} : { automatic_payment_methods: null }),
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
  checkPaymentMethodData(input.hash("payment_method_data"));
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
    setPaymentMethod(intent, method);
    confirmIntent(context, intent, confirmation);
    return intent;
  };
}

function prepareCapture(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const asked = input.integer("amount_to_capture");
  if (asked !== undefined && asked < 1) {
    throw invalidRequest("This value must be greater than or equal to 1.", {
      param: "amount_to_capture",
      code: "parameter_invalid_integer",
    });
  }
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    if (intent.status !== "requires_capture") {
      throw unexpectedState(
        `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
      );
    }
    const amount = asked ?? intent.amount_capturable;
    if (amount > intent.amount_capturable) {
      throw invalidRequest(
        `The remaining amount that can be captured for this PaymentIntent is ${formatMinor(intent.amount_capturable, intent.currency)}, less than the amount_to_capture.`,
        { param: "amount_to_capture", code: "amount_too_large" },
      );
    }
    intent.metadata = mergeMetadata(intent.metadata, input.metadata());
    captureIntent(context, intent, amount);
    return intent;
  };
}

function prepareCancel(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  return (context) => {
    const intent = context.state.paymentIntents.need(id, "id");
    if (intent.status === "succeeded" || intent.status === "canceled") {
      throw unexpectedState(
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`,
      );
    }
    cancelIntent(context, intent, input.string("cancellation_reason") ?? null);
    return intent;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.PaymentIntent {
  const amount = input.integer("amount");
  const currency = input.string("currency");
  const checkedCurrency = currency === undefined ? undefined : checkCurrency(currency);
  checkPaymentMethodData(input.hash("payment_method_data"));
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
    path: "/v1/payment_intents/{id}/cancel",
    operation: "paymentIntents.cancel",
    params: cancelParams,
    prepare: prepareCancel,
  },
];
