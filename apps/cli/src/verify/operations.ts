import type { ProbeRequest } from "./probe.ts";

/** What a probe may say and stay within its key's policy. */
export interface ProbeTerms {
  readonly amountMinor: number;
  readonly currency: string;
  /** The customer that is named; null: a test token pays. */
  readonly customer: string | null;
}

const MOCK_DIGEST = "0123456789ab";

/** A charge as a simulate key's would be: its id says what it was, so that a refund of it has a price. */
function mockCharge({ amountMinor, currency }: ProbeTerms): string {
  return `ch_mock_${amountMinor}_${currency}_${MOCK_DIGEST}`;
}

function money({ amountMinor, currency, customer }: ProbeTerms): Record<string, string> {
  return { amount: String(amountMinor), currency, ...(customer === null ? {} : { customer }) };
}

const payment: Readonly<Record<string, (terms: ProbeTerms) => ProbeRequest>> = {
  "charges.create": (terms) => ({
    method: "POST",
    path: "/v1/charges",
    form: { ...money(terms), ...(terms.customer === null ? { source: "tok_visa" } : {}) },
  }),
  "paymentIntents.create": (terms) => ({ method: "POST", path: "/v1/payment_intents", form: money(terms) }),
  "refunds.create": (terms) => ({
    method: "POST",
    path: "/v1/refunds",
    form: { charge: mockCharge(terms), amount: String(terms.amountMinor) },
  }),
  "payouts.create": ({ amountMinor, currency }) => ({
    method: "POST",
    path: "/v1/payouts",
    form: { amount: String(amountMinor), currency },
  }),
};

const read = (path: string) => (): ProbeRequest => ({ method: "GET", path });

const reading: Readonly<Record<string, (terms: ProbeTerms) => ProbeRequest>> = {
  "customers.retrieve": ({ customer }) => ({
    method: "GET",
    path: `/v1/customers/${customer ?? "cus_verify"}`,
  }),
  "customers.list": read("/v1/customers"),
  "charges.list": read("/v1/charges"),
  "charges.retrieve": (terms) => ({ method: "GET", path: `/v1/charges/${mockCharge(terms)}` }),
  "refunds.list": read("/v1/refunds"),
  "refunds.retrieve": read("/v1/refunds/re_verify"),
  "paymentIntents.list": read("/v1/payment_intents"),
  "paymentIntents.retrieve": read("/v1/payment_intents/pi_verify"),
  "balance.retrieve": read("/v1/balance"),
};

/** How each operation of a role is asked for, and what moves money and no role may that does not have it. */
export const PROBES: Readonly<Record<string, (terms: ProbeTerms) => ProbeRequest>> = {
  ...payment,
  ...reading,
};

/** What moves money; a role has some of it, and is refused the rest. */
export const MOVES_MONEY: readonly string[] = Object.keys(payment);
