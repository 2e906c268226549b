/** Why a test card does not pay: the fields of Stripe's `card_error`. */
export interface Decline {
  readonly code: string;
  readonly declineCode?: string;
  readonly message: string;
}

/** What a test card or bank account is, and how it behaves. */
export interface TestInstrument {
  /** Anything but a card pays days later: its payments are `processing` until they succeed or fail. */
  readonly type: "card" | "us_bank_account" | "sepa_debit";
  readonly number: string;
  readonly brand: string;
  readonly funding: "credit" | "debit" | "prepaid";
  /** Payments with it fail like this. */
  readonly decline: Decline | null;
  /** Attaching it to a customer works although payments fail (only 4000 0000 0000 0341). */
  readonly attachable: boolean;
  /** `elevated`: paid, but with a risk warning. */
  readonly riskLevel: "normal" | "elevated" | "highest";
  /** A payment with it needs 3-D Secure. */
  readonly authentication: boolean;
  /** A charge with it is disputed at once. */
  readonly disputed: boolean;
  /** Its money is available at once, not two days later. */
  readonly bypassPending: boolean;
}

const GENERIC = "Your card was declined.";

function card(number: string, traits: Partial<Omit<TestInstrument, "number">> = {}): TestInstrument {
  return {
    type: "card",
    number,
    brand: "visa",
    funding: "credit",
    decline: null,
    attachable: true,
    riskLevel: "normal",
    authentication: false,
    disputed: false,
    bypassPending: false,
    ...traits,
  };
}

function declining(number: string, decline: Decline): TestInstrument {
  return card(number, { decline, attachable: false });
}

function cardDeclined(declineCode: string, message: string = GENERIC): Decline {
  return { code: "card_declined", declineCode, message };
}

/**
 * Test cards by the name that follows `tok_` and `pm_card_` (docs.stripe.com/testing). Declining cards are
 * also known with `visa_` in front, as newer documentation spells them.
 */
const CARDS: Readonly<Record<string, TestInstrument>> = {
  visa: card("4242424242424242"),
  visa_debit: card("4000056655665556", { funding: "debit" }),
  mastercard: card("5555555555554444", { brand: "mastercard" }),
  mastercard_debit: card("5200828282828210", { brand: "mastercard", funding: "debit" }),
  mastercard_prepaid: card("5105105105105100", { brand: "mastercard", funding: "prepaid" }),
  amex: card("378282246310005", { brand: "amex" }),
  discover: card("6011111111111117", { brand: "discover" }),
  diners: card("3056930009020004", { brand: "diners" }),
  jcb: card("3566002020360505", { brand: "jcb" }),
  unionpay: card("6200000000000005", { brand: "unionpay" }),
  chargeDeclined: declining("4000000000000002", cardDeclined("generic_decline")),
  chargeDeclinedInsufficientFunds: declining(
    "4000000000009995",
    cardDeclined("insufficient_funds", "Your card has insufficient funds."),
  ),
  chargeDeclinedLostCard: declining("4000000000009987", cardDeclined("lost_card")),
  chargeDeclinedStolenCard: declining("4000000000009979", cardDeclined("stolen_card")),
  chargeDeclinedFraudulent: {
    ...declining("4100000000000019", cardDeclined("fraudulent")),
    riskLevel: "highest",
  },
  chargeDeclinedVelocityLimitExceeded: declining(
    "4000000000006975",
    cardDeclined(
      "card_velocity_exceeded",
      "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
  ),
  chargeDeclinedExpiredCard: declining("4000000000000069", {
    code: "expired_card",
    message: "Your card has expired.",
  }),
  chargeDeclinedIncorrectCvc: declining("4000000000000127", {
    code: "incorrect_cvc",
    message: "Your card's security code is incorrect.",
  }),
  chargeDeclinedProcessingError: declining("4000000000000119", {
    code: "processing_error",
    message: "An error occurred while processing your card. Try again in a little bit.",
  }),
  chargeCustomerFail: card("4000000000000341", { decline: cardDeclined("generic_decline") }),
  riskLevelElevated: card("4000000000009235", { riskLevel: "elevated" }),
  createDispute: card("4000000000000259", { disputed: true }),
  bypassPending: card("4000000000000077", { bypassPending: true }),
  authenticationRequired: card("4000002760003184", { authentication: true }),
  threeDSecure2Required: card("4000000000003220", { authentication: true }),
};

function bank(type: "us_bank_account" | "sepa_debit", number: string, failure?: Decline): TestInstrument {
  return { ...card(number), type, brand: type, funding: "debit", decline: failure ?? null };
}

/** Test bank accounts by the payment method's id (docs.stripe.com/payments/ach-direct-debit/accept-a-payment). */
const BANK_ACCOUNTS: Readonly<Record<string, TestInstrument>> = {
  pm_usBankAccount_success: bank("us_bank_account", "000123456789"),
  pm_usBankAccount_insufficientFunds: bank("us_bank_account", "000222222227", {
    code: "payment_method_customer_decline",
    declineCode: "insufficient_funds",
    message: "The customer's account has insufficient funds to cover this payment.",
  }),
  pm_usBankAccount_accountClosed: bank("us_bank_account", "000111111113", {
    code: "account_closed",
    message: "The customer's bank account has been closed.",
  }),
};

/** Test accounts of SEPA by IBAN (docs.stripe.com/payments/sepa-debit/accept-a-payment). */
const SEPA_ACCOUNTS = [
  bank("sepa_debit", "AT611904300234573201"),
  bank("sepa_debit", "AT861904300235473202", {
    code: "payment_method_provider_decline",
    message: "The payment was declined by the customer's bank.",
  }),
];

/** The bank account of `us_bank_account[account_number]` or `sepa_debit[iban]`, or undefined. */
export function bankAccountOfNumber(
  type: TestInstrument["type"],
  number: string,
): TestInstrument | undefined {
  const known = [...Object.values(BANK_ACCOUNTS), ...SEPA_ACCOUNTS];
  return known.find((account) => account.type === type && account.number === number.replaceAll(" ", ""));
}

const BY_NUMBER = new Map(Object.values(CARDS).map((known) => [known.number, known]));

function byName(name: string): TestInstrument | undefined {
  if (Object.hasOwn(CARDS, name)) return CARDS[name];
  const bare = name.replace(/^visa_/, "");
  return bare !== name && Object.hasOwn(CARDS, bare) ? CARDS[bare] : undefined;
}

/** The card of a token such as `tok_visa`, or undefined. */
export function cardOfToken(token: string): TestInstrument | undefined {
  return token.startsWith("tok_") ? byName(token.slice("tok_".length)) : undefined;
}

/** The card or bank account of a test payment method such as `pm_card_visa`, or undefined. */
export function testPaymentMethod(id: string): TestInstrument | undefined {
  if (Object.hasOwn(BANK_ACCOUNTS, id)) return BANK_ACCOUNTS[id];
  return id.startsWith("pm_card_") ? byName(id.slice("pm_card_".length)) : undefined;
}

/** The card of a test number, or undefined. */
export function cardOfNumber(number: string): TestInstrument | undefined {
  return BY_NUMBER.get(number.replaceAll(/[\s-]/g, ""));
}
