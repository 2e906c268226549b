import type Stripe from "stripe";
import { parseShipping } from "../address.ts";
import type { TestInstrument } from "../cards.ts";
import type { Instrument } from "../charge-object.ts";
import { checkConnect } from "../connect-params.ts";
import { invalidRequest, StripeError } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { cardOfHash, createCard, declineError, needToken } from "../instruments.ts";
import { createdFilter, every, listPage, pageBounds } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkChargeAmount, checkCurrency, formatMinor } from "../money.ts";
import { type Input, missingParameter } from "../params.ts";
import { cardInstrument, customerCard } from "../payment-sources.ts";
import { captureCharge, createCharge } from "../payments.ts";
import type { Route } from "../route.ts";
import { searchRoute } from "../search.ts";
import { type Context, idOf } from "../state.ts";
import { captureParams, createParams, listParams, updateParams } from "./charge-params.ts";

/** What the request pays with, as far as the request alone tells. */
type Source =
  | { readonly kind: "default" }
  | { readonly kind: "stored"; readonly id: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "card"; readonly test: () => TestInstrument };

function parseSource(input: Input): Source {
  const hash = input.hash("source");
  if (hash !== undefined && hash !== null) return { kind: "card", test: () => cardOfHash(hash) };
  const id = input.string("source");
  if (id !== undefined) return id.startsWith("card_") ? { kind: "stored", id } : { kind: "token", token: id };
  if (!input.has("customer")) {
    throw invalidRequest("Must provide source or customer.", { code: "parameter_missing" });
  }
  return { kind: "default" };
}

function chooseInstrument(context: Context, source: Source, customerId: string | undefined): Instrument {
  const { state } = context;
  if (source.kind === "token" || source.kind === "card") {
    if (source.kind === "token" && customerId !== undefined) {
      throw invalidRequest(`Customer ${customerId} does not have a linked source with ID ${source.token}.`, {
        param: "source",
        code: "missing",
      });
    }
    const test = source.kind === "token" ? needToken(source.token) : source.test();
    return cardInstrument(state, createCard(context, test, null));
  }
  if (customerId === undefined) return missingParameter("customer");
  const customer = state.customers.need(customerId, "customer");
  return cardInstrument(
    state,
    customerCard(state, customer, source.kind === "stored" ? source.id : undefined),
  );
}

function prepareCreate(input: Input): (context: Context) => Stripe.Charge {
  const amountMinor = input.requiredInteger("amount");
  const currency = checkCurrency(input.requiredString("currency"));
  checkChargeAmount(amountMinor, currency);
  const source = parseSource(input);
  const shipping = parseShipping(input.hash("shipping"));
  return (context) => {
    const customer = input.string("customer");
    if (customer !== undefined) context.state.customers.need(customer, "customer");
    const chosen = chooseInstrument(context, source, customer);
    const instrument = chosen.test.authentication ? refusingUnauthenticated(chosen) : chosen;
    const charge = createCharge(context, {
      amountMinor,
      currency,
      capture: input.boolean("capture") ?? true,
      customer: customer ?? null,
      instrument,
      paymentIntent: null,
      description: input.text("description") ?? null,
      metadata: newMetadata(input.metadata()),
      receiptEmail: input.text("receipt_email") ?? null,
      shipping,
      statementDescriptor: input.text("statement_descriptor") ?? null,
      statementDescriptorSuffix: input.text("statement_descriptor_suffix") ?? null,
      transferGroup: input.text("transfer_group") ?? null,
      connect: checkConnect(context, input),
    });
    if (charge.status === "failed") throw declineError(instrument.test, { charge: charge.id });
    return charge;
  };
}

/** The Charges API cannot ask for 3-D Secure, so a card that needs it declines. */
function refusingUnauthenticated(instrument: Instrument): Instrument {
  const decline = {
    code: "authentication_required",
    declineCode: "authentication_required",
    message: "Your card was declined. This transaction requires authentication.",
  };
  return { ...instrument, test: { ...instrument.test, decline } };
}

function prepareCapture(input: Input, id: string): (context: Context) => Stripe.Charge {
  const amount = input.integer("amount");
  if (amount !== undefined && amount < 1) {
    throw invalidRequest("This value must be greater than or equal to 1.", {
      param: "amount",
      code: "parameter_invalid_integer",
    });
  }
  return (context) => {
    const charge = context.state.charges.need(id, "id");
    checkCapturable(charge);
    const amountMinor = amount ?? charge.amount;
    if (amountMinor > charge.amount) {
      throw invalidRequest(
        `Amount (${formatMinor(amountMinor, charge.currency)}) is greater than the authorized amount on charge (${formatMinor(charge.amount, charge.currency)})`,
        { param: "amount", code: "amount_too_large" },
      );
    }
    charge.receipt_email = input.text("receipt_email") ?? charge.receipt_email;
    charge.statement_descriptor = input.text("statement_descriptor") ?? charge.statement_descriptor;
    charge.application_fee_amount = input.integer("application_fee_amount") ?? charge.application_fee_amount;
    captureCharge(context, charge, amountMinor);
    return charge;
  };
}

function checkCapturable(charge: Stripe.Charge): void {
  const paymentIntent = idOf(charge.payment_intent);
  if (paymentIntent !== null) {
    throw invalidRequest(
      `This charge was created by the PaymentIntent ${paymentIntent}. Capture that instead.`,
    );
  }
  if (charge.captured) {
    throw invalidRequest(`Charge ${charge.id} has already been captured.`, {
      code: "charge_already_captured",
    });
  }
  if (charge.refunded) {
    throw invalidRequest(`Charge ${charge.id} has already been refunded.`, {
      code: "charge_already_refunded",
    });
  }
  if (charge.status !== "succeeded") {
    throw new StripeError(400, {
      type: "invalid_request_error",
      message: `Charge ${charge.id} did not succeed and cannot be captured.`,
    });
  }
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Charge {
  const shipping = parseShipping(input.hash("shipping"));
  return (context) => {
    const { charges, customers } = context.state;
    const charge = charges.need(id, "id");
    const customer = input.string("customer");
    if (customer !== undefined) customers.need(customer, "customer");
    if (customer !== undefined && charge.customer !== null && charge.customer !== customer) {
      throw invalidRequest("You cannot change the customer of a charge that has one.", { param: "customer" });
    }
    const metadata = mergeMetadata(charge.metadata, input.metadata());
    charges.update(charge, (changed) => {
      changed.metadata = metadata;
      if (customer !== undefined) changed.customer = customer;
      if (input.has("description")) changed.description = input.text("description") ?? null;
      if (input.has("receipt_email")) changed.receipt_email = input.text("receipt_email") ?? null;
      if (input.has("shipping")) changed.shipping = shipping;
      if (input.has("transfer_group")) changed.transfer_group = input.text("transfer_group") ?? null;
    });
    recordEvent(context, "charge.updated", charge);
    return charge;
  };
}

function prepareList(input: Input): (context: Context) => object {
  const bounds = pageBounds(input);
  const customer = input.string("customer");
  const intent = input.string("payment_intent");
  const transferGroup = input.string("transfer_group");
  const where = every<Stripe.Charge>(
    createdFilter(input),
    transferGroup === undefined ? undefined : (charge) => charge.transfer_group === transferGroup,
    // With both filters the index narrows by payment intent.
    customer === undefined || intent === undefined ? undefined : (charge) => charge.customer === customer,
  );
  return ({ state }) => {
    const index =
      intent !== undefined
        ? { name: "payment_intent", key: intent }
        : customer !== undefined
          ? { name: "customer", key: customer }
          : undefined;
    return listPage(state.charges, { ...bounds, where, index, url: "/v1/charges" });
  };
}

const common = { returns: "charge", permission: "rak_charge_write" } as const;

export const chargeRoutes: readonly Route[] = [
  searchRoute({
    resource: "charges",
    operation: "charges.search",
    fields: ["amount", "created", "currency", "customer", "disputed", "metadata", "refunded", "status"],
    permission: "rak_charge_read",
    returns: "list:charge",
    collection: (state) => state.charges,
  }),
  {
    ...common,
    method: "POST",
    path: "/v1/charges",
    operation: "charges.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    method: "GET",
    path: "/v1/charges",
    operation: "charges.list",
    permission: "rak_charge_read",
    params: listParams,
    returns: "list:charge",
    prepare: prepareList,
  },
  {
    method: "GET",
    path: "/v1/charges/{id}",
    operation: "charges.retrieve",
    permission: "rak_charge_read",
    params: { expand: "expand" },
    returns: "charge",
    prepare:
      (_input, id) =>
      ({ state }) =>
        state.charges.need(id, "id"),
  },
  {
    ...common,
    method: "POST",
    path: "/v1/charges/{id}",
    operation: "charges.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...common,
    method: "POST",
    path: "/v1/charges/{id}/capture",
    operation: "charges.capture",
    params: captureParams,
    prepare: prepareCapture,
  },
];
