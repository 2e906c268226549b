import { REFUSALS, type RefusalCode } from "./refusals.ts";

/** JSON and nothing else: frameworks serialise results, and some turn `undefined` into an error. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Failures that arise in the tool itself, beside the proxy's refusals. Whether the model must stop. */
export const CLIENT_FAILURES = {
  /** The input is not valid; nothing was sent. */
  invalid_input: { final: false },
  /** A person must agree first (`approval` says to what); nothing was sent. */
  approval_required: { final: false },
  /** The run's latch is closed by an earlier refusal of the key; nothing was sent. */
  run_stopped: { final: true },
  /** `maxWrites` different acts were already sent; nothing was sent. */
  max_writes_reached: { final: true },
  /** The caller aborted before anything was sent, or during a read. */
  aborted: { final: false },
  /** No connection to the proxy could be made; certainly nothing was sent. */
  proxy_unreachable: { final: false },
  /** A read got no answer in time. (A write in that place is `outcome_unknown`.) */
  timed_out: { final: false },
  /** A read failed at Stripe, or its answer cannot be understood. */
  upstream_error: { final: false },
  /** A refund without a code at Stripe: more than is left of the charge. */
  over_refund: { final: true },
  /** Stripe answered with an object whose status says that no money moved. */
  act_failed: { final: true },
  /** A bug in this package; for a write the outcome is unknown. */
  internal_error: { final: false },
} as const satisfies Record<string, { readonly final: boolean }>;

export type ClientFailureCode = keyof typeof CLIENT_FAILURES;

/** Keybrake's own codes; Stripe's (`card_declined`, `resource_missing` …) are passed through. */
export type OutcomeCode = RefusalCode | ClientFailureCode | (string & {});

/** What a person is asked to agree to. */
export interface Approval {
  readonly tool: string;
  readonly input: { readonly [key: string]: Json };
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

/** True when a model must not repeat a call that failed with this code. Stripe's own codes are final. */
export function isFinalCode(code: string): boolean {
  if (Object.hasOwn(REFUSALS, code)) return REFUSALS[code as RefusalCode].final;
  if (Object.hasOwn(CLIENT_FAILURES, code)) return CLIENT_FAILURES[code as ClientFailureCode].final;
  return true;
}

/** True when a refusal with this code means that no later write of the run can succeed. */
export function closesRun(code: string): boolean {
  return Object.hasOwn(REFUSALS, code) && REFUSALS[code as RefusalCode].closesRun;
}
