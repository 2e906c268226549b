import type Stripe from "stripe";
import { type TestInstrument, testPaymentMethod } from "./cards.ts";
import type { Instrument } from "./charge-object.ts";
import { invalidRequest, StripeError } from "./errors.ts";
import { createPaymentMethod } from "./instruments.ts";
import { type Context, idOf, type State } from "./state.ts";

/** How a card or payment method behaves. Every one that exists is known. */
export function traitsOf(state: State, id: string): TestInstrument {
  const test = state.instrumentTraits.get(id);
  if (test === undefined) throw new Error(`no traits for ${id}`);
  return test;
}

/** A `card_…` as an instrument. */
export function cardInstrument(state: State, card: Stripe.Card): Instrument {
  return {
    id: card.id,
    test: traitsOf(state, card.id),
    card,
    brand: card.brand,
    fingerprint: card.fingerprint ?? null,
    expMonth: card.exp_month,
    expYear: card.exp_year,
  };
}

/** A `pm_…` as an instrument. */
export function methodInstrument(state: State, method: Stripe.PaymentMethod): Instrument {
  return {
    id: method.id,
    test: traitsOf(state, method.id),
    card: null,
    brand: method.card?.brand ?? "unknown",
    fingerprint: (method.card ?? method.us_bank_account ?? method.sepa_debit)?.fingerprint ?? null,
    expMonth: method.card?.exp_month ?? 1,
    expYear: method.card?.exp_year ?? 2000,
  };
}

/**
 * The card that the Charges API takes from a customer: the default source, or the named one. 402 `missing`
 * when there is none, as Stripe answers.
 */
export function customerCard(
  state: State,
  customer: Stripe.Customer,
  source: string | undefined,
): Stripe.Card {
  const id = source ?? idOf(customer.default_source);
  if (id === null) {
    throw new StripeError(402, {
      type: "card_error",
      code: "missing",
      message: "Cannot charge a customer that has no active card",
      param: "card",
    });
  }
  const card = state.cards.get(id);
  if (card !== undefined && idOf(card.customer) === customer.id) return card;
  throw invalidRequest(`Customer ${customer.id} does not have a linked source with ID ${id}.`, {
    param: "source",
    code: "missing",
  });
}

/** A payment method by id; a test id such as `pm_card_visa` makes a new one, as on Stripe. */
export function needPaymentMethod(context: Context, id: string, param: string): Stripe.PaymentMethod {
  const test = testPaymentMethod(id);
  return test === undefined
    ? context.state.paymentMethods.need(id, param)
    : createPaymentMethod(context, test);
}

/** Stripe's rules on whose payment method may be used for whom, and how often. */
export function checkUsable(state: State, method: Stripe.PaymentMethod, customer: string | null): void {
  const owner = idOf(method.customer);
  if (owner !== null && owner !== customer) {
    const message =
      customer === null
        ? `The PaymentMethod ${method.id} belongs to a Customer ${owner}. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`
        : `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`;
    throw invalidRequest(message, { param: "payment_method" });
  }
  if (owner === null && state.spentPaymentMethods.has(method.id)) {
    throw invalidRequest(
      "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
      { param: "payment_method" },
    );
  }
}

/** Makes a payment method a customer's. The caller has checked that it may be. */
export function attachPaymentMethod(state: State, method: Stripe.PaymentMethod, customer: string): void {
  state.paymentMethods.update(method, (changed) => {
    changed.customer = customer;
  });
}
