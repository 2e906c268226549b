import type { ClientFailureCode } from "./codes.ts";
import type { RefusalCode } from "./refusals.ts";

/** JSON and nothing else: frameworks serialise results, and some turn `undefined` into an error. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Keybrake's own codes; Stripe's (`card_declined`, `resource_missing` …) are passed through. */
export type OutcomeCode = RefusalCode | ClientFailureCode | (string & {});

/**
 * What a person is asked to agree to. By `requireApproval`, before anything is sent: the tool and its input. By the proxy:
 * the id under which a person finds it there (`keybrake approvals`), and until when it stands; an answer given to the
 * framework alone is not one to the proxy.
 */
export interface Approval {
  readonly tool?: string;
  readonly input?: { readonly [key: string]: Json };
  readonly id?: string;
  /** ISO 8601. */
  readonly expires_at?: string;
}

/** What the proxy has asked a person, and about which call: JSON, for a framework that shows it to somebody. */
export interface ApprovalCard extends Omit<Approval, "tool" | "input" | "id"> {
  readonly id: string;
  readonly tool: string;
  readonly input: { readonly [key: string]: Json };
  /** What the tool was answered, in words for a model. */
  readonly message: string;
}

export interface Success {
  readonly ok: true;
  /** The Stripe operation: `charges.create` … */
  readonly operation: string;
  /** The object's id; null for lists and the balance. */
  readonly id: string | null;
  /** Stripe's status of the object; for searches `found`, `not_found` or `incomplete`; for lists `ok`. */
  readonly status: string;
  /** In the currency's smallest unit. */
  readonly amount_cents?: number;
  readonly currency?: string;
  /** True: the act had been carried out before, and this call moved nothing. */
  readonly replayed: boolean;
  /** The useful fields of Stripe's object. */
  readonly data: { readonly [key: string]: Json };
  /** What happened, in a plain sentence for a model. */
  readonly message: string;
}

/** What a tool reads from a 2xx answer. */
export type Described = Omit<Success, "ok" | "operation" | "replayed">;

export interface Failure {
  readonly ok: false;
  /** True: stop. The same call cannot succeed later. */
  readonly final: boolean;
  readonly code: OutcomeCode;
  /** What happened and what to do now, in plain sentences that a model obeys. */
  readonly message: string;
  readonly operation: string;
  /** Of a write that was or may have been sent: under this key a person finds it in the audit log. */
  readonly idempotency_key?: string;
  readonly approval?: Approval;
}

/** What every tool returns. A value, never a throw: frameworks answer a throw with "please try again". */
export type Outcome = Success | Failure;
