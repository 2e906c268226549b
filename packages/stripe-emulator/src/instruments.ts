import type Stripe from "stripe";
import { cardOfNumber, cardOfToken, type TestCard } from "./cards.ts";
import { invalidRequest, StripeError } from "./errors.ts";
import type { FormHash } from "./form.ts";
import type { Context } from "./state.ts";

/** Stripe writes brands differently on cards (`Visa`) and on payment methods (`visa`). */
const CARD_BRANDS: Readonly<Record<string, string>> = {
  visa: "Visa",
  mastercard: "MasterCard",
  amex: "American Express",
  discover: "Discover",
  diners: "Diners Club",
  jcb: "JCB",
  unionpay: "UnionPay",
};

const EXPIRY_MONTH = 12;
const EXPIRY_YEAR = 2034;

/** Makes a `card_…`, the instrument behind a token; customers and charges of the Charges API use it. */
export function createCard(context: Context, test: TestCard, customer: string | null): Stripe.Card {
  const card: Stripe.Card = {
    id: context.makeId("card"),
    object: "card",
    address_city: null,
    address_country: null,
    address_line1: null,
    address_line1_check: null,
    address_line2: null,
    address_state: null,
    address_zip: null,
    address_zip_check: null,
    brand: CARD_BRANDS[test.brand] ?? "Unknown",
    country: "US",
    customer,
    cvc_check: customer === null ? null : "pass",
    dynamic_last4: null,
    exp_month: EXPIRY_MONTH,
    exp_year: EXPIRY_YEAR,
    fingerprint: context.makeId("fingerprint"),
    funding: test.funding,
    last4: test.number.slice(-4),
    metadata: {},
    name: null,
    regulated_status: "unregulated",
    tokenization_method: null,
  };
  context.state.cardTraits.set(card.id, test);
  // A card without a customer cannot be used again, so nothing needs to find it.
  if (customer !== null) context.state.cards.add(card);
  return card;
}

/** Makes a `pm_…` that belongs to nobody yet. */
export function createPaymentMethod(
  context: Context,
  test: TestCard,
  billing: Stripe.PaymentMethod.BillingDetails = emptyBillingDetails(),
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: context.makeId("paymentMethod"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billing,
    card: {
      brand: test.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: test.brand,
      exp_month: EXPIRY_MONTH,
      exp_year: EXPIRY_YEAR,
      fingerprint: context.makeId("fingerprint"),
      funding: test.funding,
      generated_from: null,
      last4: test.number.slice(-4),
      networks: { available: [test.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
    created: context.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: "card",
  };
  context.state.cardTraits.set(method.id, test);
  context.state.paymentMethods.add(method);
  return method;
}

/** Billing details with nothing in them. */
export function emptyBillingDetails(): Stripe.PaymentMethod.BillingDetails {
  return {
    address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
    email: null,
    name: null,
    phone: null,
    tax_id: null,
  };
}

/** The 402 of a declined card, with what it refers to. */
export function declineError(
  test: TestCard,
  references: { charge?: string; payment_intent?: unknown; payment_method?: unknown; param?: string } = {},
): StripeError {
  const { decline } = test;
  return new StripeError(402, {
    type: "card_error",
    code: decline?.code ?? "card_declined",
    ...(decline?.declineCode === undefined ? {} : { decline_code: decline.declineCode }),
    message: decline?.message ?? "Your card was declined.",
    ...references,
  });
}

/** Attaching most declining cards fails like paying with them; throws that 402. */
export function checkAttachable(test: TestCard): void {
  if (test.decline !== null && !test.attachable) throw declineError(test);
}

/** The test card of a token; 400 `resource_missing` with param `source` otherwise. */
export function needToken(token: string): TestCard {
  const test = cardOfToken(token);
  if (test !== undefined) return test;
  throw invalidRequest(`No such token: '${token}'`, { param: "source", code: "resource_missing" });
}

/** The test card of `card[token]` or `card[number]`; real card numbers are refused, here as anywhere. */
export function cardOfHash(hash: FormHash): TestCard {
  const { token, number } = hash;
  if (typeof token === "string") return needToken(token);
  const test = typeof number === "string" ? cardOfNumber(number) : undefined;
  if (test !== undefined) return test;
  throw new StripeError(402, {
    type: "card_error",
    code: "incorrect_number",
    message: "Your card number is incorrect. (The keybrake emulator knows Stripe's test numbers only.)",
    param: "number",
  });
}
