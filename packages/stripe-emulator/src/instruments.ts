import type Stripe from "stripe";
import { bankAccountOfNumber, cardOfNumber, cardOfToken, type TestInstrument } from "./cards.ts";
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
export function createCard(context: Context, test: TestInstrument, customer: string | null): Stripe.Card {
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
  context.state.instrumentTraits.set(card.id, test);
  // A card without a customer cannot be used again, so nothing needs to find it.
  if (customer !== null) context.state.cards.add(card);
  return card;
}

function typeDetails(
  context: Context,
  test: TestInstrument,
): Pick<Stripe.PaymentMethod, "card" | "sepa_debit" | "us_bank_account"> {
  const fingerprint = context.makeId("fingerprint");
  const last4 = test.number.slice(-4);
  if (test.type === "us_bank_account") {
    return {
      us_bank_account: {
        account_holder_type: "individual",
        account_type: "checking",
        bank_name: "STRIPE TEST BANK",
        financial_connections_account: null,
        fingerprint,
        last4,
        networks: { preferred: "ach", supported: ["ach"] },
        routing_number: "110000000",
        status_details: null,
      },
    };
  }
  if (test.type === "sepa_debit") {
    const country = test.number.slice(0, 2);
    return {
      sepa_debit: { bank_code: null, branch_code: null, country, fingerprint, generated_from: null, last4 },
    };
  }
  return {
    card: {
      brand: test.brand,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
      country: "US",
      display_brand: test.brand,
      exp_month: EXPIRY_MONTH,
      exp_year: EXPIRY_YEAR,
      fingerprint,
      funding: test.funding,
      generated_from: null,
      last4,
      networks: { available: [test.brand], preferred: null },
      regulated_status: "unregulated",
      three_d_secure_usage: { supported: true },
      wallet: null,
    },
  };
}

/** Makes a `pm_…` that belongs to nobody yet. */
export function createPaymentMethod(
  context: Context,
  test: TestInstrument,
  billing: Stripe.PaymentMethod.BillingDetails = emptyBillingDetails(),
): Stripe.PaymentMethod {
  const method: Stripe.PaymentMethod = {
    id: context.makeId("paymentMethod"),
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billing,
    ...typeDetails(context, test),
    created: context.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: test.type,
  };
  context.state.instrumentTraits.set(method.id, test);
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
  test: TestInstrument,
  references: {
    charge?: string;
    payment_intent?: unknown;
    payment_method?: unknown;
    setup_intent?: unknown;
    param?: string;
  } = {},
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

/** The bank account of `us_bank_account[…]` or `sepa_debit[…]`; 400 when it is no test account. */
export function bankAccountOfHash(type: TestInstrument["type"], hash: FormHash): TestInstrument {
  const name = type === "sepa_debit" ? "iban" : "account_number";
  const number = hash[name];
  const account = typeof number === "string" ? bankAccountOfNumber(type, number) : undefined;
  if (account !== undefined) return account;
  throw invalidRequest("The keybrake emulator knows Stripe's test bank accounts only.", {
    param: `${type}[${name}]`,
  });
}

/** What `type=card&card[…]=…` and its like describe; 400 for a type that the emulator does not have. */
export function instrumentOfHash(hash: FormHash, within: string): TestInstrument {
  const { type } = hash;
  const details = typeof type === "string" ? hash[type] : undefined;
  if (typeof details === "object" && !Array.isArray(details)) {
    if (type === "card") return cardOfHash(details);
    if (type === "us_bank_account" || type === "sepa_debit") return bankAccountOfHash(type, details);
  }
  throw invalidRequest(
    "The keybrake emulator has payment methods of the types card, us_bank_account and sepa_debit only.",
    { param: within },
  );
}

/** Attaching most declining cards fails like paying with them; throws that 402. */
export function checkAttachable(test: TestInstrument): void {
  if (test.type !== "card") return;
  if (test.decline !== null && !test.attachable) throw declineError(test);
}

/** The test card of a token; 400 `resource_missing` with param `source` otherwise. */
export function needToken(token: string): TestInstrument {
  const test = cardOfToken(token);
  if (test !== undefined) return test;
  throw invalidRequest(`No such token: '${token}'`, { param: "source", code: "resource_missing" });
}

/** The test card of `card[token]` or `card[number]`; real card numbers are refused, here as anywhere. */
export function cardOfHash(hash: FormHash): TestInstrument {
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
