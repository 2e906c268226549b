/**
 * The wire format of `/_emulator/*`, the emulator's own control interface. Amounts are integers in the
 * currency's smallest unit (cents for USD).
 */

/**
 * What a fault does to a request:
 * - `delay`: it waits `delay_ms` before it executes (its idempotency key is in use meanwhile);
 * - `drop_before`: the connection is destroyed; nothing is executed;
 * - `drop_after`: it is executed, then the connection is destroyed without an answer;
 * - `error_before`: nothing is executed, and it is answered with a 500, which is what its idempotency key replays;
 * - `error_after`: it is executed, and answered with a 500, which is what its idempotency key replays;
 * - `rate_limit`: 429, nothing is executed;
 * - `unavailable`: 503, nothing is executed.
 */
export type FaultKind =
  | "delay"
  | "drop_before"
  | "drop_after"
  | "error_before"
  | "error_after"
  | "rate_limit"
  | "unavailable";

/** A fault to arm. It applies to requests of the API that match, in the order in which faults were armed. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** `charges.create` …; without it every request matches. */
  readonly operation?: string;
  /** Milliseconds; required by `delay`, allowed with no other kind. */
  readonly delay_ms?: number;
  /** Strikes this often, then is spent. Without it there is no end. */
  readonly times?: number;
  /** Strikes with this probability (0 to 1), drawn from the fault's own seeded sequence. Default 1. */
  readonly probability?: number;
  /** Seed of that sequence; the same seed strikes the same requests by number. Default: the emulator's. */
  readonly seed?: number;
}

/** One request as it came, newest last. */
export interface RequestRecord {
  /** Counts every request since the start or the last reset, from 1. */
  readonly number: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  /** The request target as it came, query included. */
  readonly path: string;
  /** Null when the path is no operation of the emulator. */
  readonly operation: string | null;
  readonly idempotency_key: string | null;
  /** As received; cut at a limit. */
  readonly body: string;
  /** Names and values as received, in order; `authorization` is cut to 8 characters. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Null while unanswered and when the connection was dropped. */
  readonly status: number | null;
  /** The answer was an earlier one, by idempotency key. */
  readonly replayed: boolean;
}

export interface RequestLog {
  /** All requests since the start or the last reset, also those no longer kept. */
  readonly total: number;
  /** How many are kept at most. */
  readonly kept: number;
  readonly data: readonly RequestRecord[];
}

export interface AmountSummary {
  /** Successful charges, authorisations included. */
  charged: number;
  captured: number;
  /** Money that went back; releasing an authorisation moves none. */
  refunded: number;
}

export interface CustomerSummary {
  /** Successful charges. */
  charges: number;
  refunds: number;
  currencies: Record<string, AmountSummary>;
}

/** What the emulator executed: the truth that a ledger can be compared with. */
export interface Summary {
  charges: { created: number; succeeded: number; failed: number };
  payment_intents: { created: number; succeeded: number; canceled: number };
  refunds: { created: number };
  currencies: Record<string, AmountSummary>;
  customers: Record<string, CustomerSummary>;
}

/** The emulator's clock. It runs with the one it was given, and can be moved ahead of it, never back. */
export interface ClockState {
  /** Milliseconds since the Unix epoch. */
  readonly now_ms: number;
}

/** How much later objects show than they are made, in milliseconds; retrieving one sees it at once. */
export interface Lag {
  readonly list_ms?: number;
  readonly search_ms?: number;
}

/** A payer at work, with nothing but what a payer is given. No API key and no proxy is in the way. */
export interface PaySpec {
  /**
   * What is paid: the client_secret of a payment or setup intent, the id of an invoice, checkout session or
   * payment link (as its page would be opened), or the recovery URL of an expired session.
   */
  readonly what: string;
  /** A payment method or test id, default `pm_card_visa`. Every authentication is passed. */
  readonly payment_method?: string;
  /** The code that a payer enters on a page that allows it. */
  readonly promotion_code?: string;
  /** Sets every quantity of a payment link whose quantity the payer may adjust. */
  readonly quantity?: number;
}

/** How it went. `paid` is also true while a bank takes its days (`status: processing`). */
export interface PayResult {
  readonly paid: boolean;
  /** The object that was paid; null when it was not found. */
  readonly object: string | null;
  readonly status: string | null;
  /** Why it was not paid: Stripe's code, or its message where there is none. */
  readonly refusal: string | null;
}

/** A bank's answer to a payment intent that is `processing`. */
export interface SettleSpec {
  readonly payment_intent: string;
  readonly outcome: "succeeded" | "failed";
}

/** A card holder disputes a captured charge. */
export interface DisputeSpec {
  readonly charge: string;
  /** Stripe's words: `fraudulent` (default), `product_not_received` … */
  readonly reason?: string;
}

/** One of Stripe's own approval rules: what it matches is paused until a person has agreed. */
export interface ApprovalRule {
  /** `paymentIntents.create`, `refunds.create` …: what Stripe's rules can hold back. */
  readonly operation: string;
  /** Only requests for more than this, in the currency's smallest unit; without it, all. */
  readonly amount_over?: number;
  /** HTTP status of the answer that asks for approval, default 402: Stripe's documents do not name it. */
  readonly status?: number;
}

/** What one account's money did, by the object that moved it. */
export interface MovedMoney {
  /** `ch_…`, `re_…`, `tr_…`, `trr_…`, `fee_…`, `fr_…`, `po_…`, `du_…`. */
  readonly object: string;
  readonly kind:
    | "application_fee"
    | "application_fee_refund"
    | "charge"
    | "dispute"
    | "payout"
    | "refund"
    | "transfer"
    | "transfer_reversal";
  /** The account whose object it is. */
  readonly account: string;
  /** The other account, when the money went to or came from one. */
  readonly counterparty: string | null;
  readonly currency: string;
  /** Positive, whatever the direction; the kind says which way. */
  readonly amount_minor: number;
  /** What led to it, nearest first: payment intent, invoice, checkout session, subscription, payment link. */
  readonly because_of: readonly string[];
}

/** Something through which money can still move without another request. */
export interface OpenMoney {
  readonly object: string;
  readonly kind:
    | "approval_request"
    | "charge"
    | "checkout_session"
    | "invoice"
    | "invoice_item"
    | "payment_intent"
    | "payment_link"
    | "subscription"
    | "subscription_schedule";
  readonly account: string;
  readonly status: string;
  /** Null when the object does not say (an approval request, a schedule that has not started). */
  readonly currency: string | null;
  /** What it can move once: a subscription each period, a payment link as often as it is opened. */
  readonly amount_minor: number | null;
  readonly because_of: readonly string[];
}

/** All that moved and all that can still move, over all accounts: found by looking at every object. */
export interface MoneyBooks {
  readonly moved: readonly MovedMoney[];
  readonly open: readonly OpenMoney[];
  /** By account, currency and kind. */
  readonly totals: Record<string, Record<string, Partial<Record<MovedMoney["kind"], number>>>>;
}
