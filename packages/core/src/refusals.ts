/**
 * Every reason for which Keybrake refuses a call: the code on the wire, its HTTP status, and what a tool
 * tells its model. The proxy answers with these and the tools read them back, so both agree by construction.
 */
export interface Refusal {
  readonly status: number;
  /** `true`: the same call cannot succeed later, so a model must stop rather than retry. */
  readonly final: boolean;
  /** `true`: no later write of this run can succeed either; the run's latch closes. */
  readonly closesRun: boolean;
}

/** In order of precedence: the first that applies is answered (ARCHITECTURE.md: the way of one call). */
export const REFUSALS = {
  overloaded: { status: 503, final: false, closesRun: false },
  request_invalid: { status: 400, final: true, closesRun: false },
  body_too_large: { status: 413, final: true, closesRun: false },
  invalid_vault_key: { status: 401, final: true, closesRun: true },
  vault_key_revoked: { status: 401, final: true, closesRun: true },
  vault_key_expired: { status: 401, final: true, closesRun: true },
  operation_not_allowed: { status: 403, final: true, closesRun: false },
  account_not_allowed: { status: 403, final: true, closesRun: false },
  metadata_reserved: { status: 400, final: true, closesRun: false },
  customer_not_allowed: { status: 403, final: true, closesRun: false },
  amount_over_limit: { status: 403, final: true, closesRun: false },
  currency_not_allowed: { status: 403, final: true, closesRun: false },
  amount_unknown: { status: 403, final: true, closesRun: false },
  idempotency_key_required: { status: 400, final: true, closesRun: false },
  idempotency_error: { status: 400, final: true, closesRun: false },
  /** Unknown, and too long ago to be sent again: only Stripe's records can tell, so a person must look. */
  outcome_unresolved: { status: 400, final: true, closesRun: false },
  idempotency_key_in_use: { status: 409, final: false, closesRun: false },
  call_limit_exceeded: { status: 429, final: true, closesRun: true },
  rate_limited: { status: 429, final: false, closesRun: false },
  spend_cap_exceeded: { status: 429, final: true, closesRun: true },
  upstream_unreachable: { status: 502, final: false, closesRun: false },
  outcome_unknown: { status: 504, final: false, closesRun: false },
  store_unavailable: { status: 503, final: false, closesRun: false },
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof REFUSALS;
