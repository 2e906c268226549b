/**
 * Every reason for which Keybrake refuses a call: the code on the wire, its HTTP status, and what a tool
 * tells its model. The proxy answers with these and the tools read them back, so both agree by construction.
 */
export interface RefusalKind {
  readonly status: number;
  /** `true`: the same call cannot succeed later, so a model must stop rather than retry. */
  readonly final: boolean;
  /** `true`: no later write of this run can succeed either; the run's latch closes. */
  readonly closesRun: boolean;
}

/**
 * In order of precedence: of all that apply, the first is answered. It is the order of the steps of a call's way in
 * the proxy, and `docs/refusals.md` is made from it; the comment of each code is what the page says.
 */
export const REFUSALS = {
  /** The store cannot be read or written, so nothing can be said for certain. What a key's text alone refuses never asks it. */
  store_unavailable: { status: 503, final: false, closesRun: false },
  /** More requests without a valid vault key came from this address in this minute than are looked at. */
  too_many_invalid_keys: { status: 429, final: false, closesRun: false },
  /** No vault key, or none of this proxy's: unknown, replaced by another, of another mode, or a vendor's own key. There is no row. */
  invalid_vault_key: { status: 401, final: true, closesRun: true },
  /** The key was revoked. */
  vault_key_revoked: { status: 401, final: true, closesRun: true },
  /** The key's time is over. */
  vault_key_expired: { status: 401, final: true, closesRun: true },
  /** The key is paused, or calls like this one were stopped, until a person lets them go on. */
  vault_key_paused: { status: 401, final: true, closesRun: true },
  /** The key was refused so often in this minute that its calls are not looked at until the next. Refusals beyond that share a row. */
  refusals_limited: { status: 429, final: false, closesRun: false },
  /** The key has as many calls in flight as one may. Before every step, and without a row: so has the proxy, or it is stopping. */
  overloaded: { status: 503, final: false, closesRun: false },
  /** The body is longer than the limit. */
  body_too_large: { status: 413, final: true, closesRun: false },
  /** The body did not arrive in time; nothing was done. */
  body_late: { status: 408, final: false, closesRun: false },
  /** Path and method name no operation, one of another vendor, or one that the key does not allow. */
  operation_not_allowed: { status: 403, final: true, closesRun: false },
  /** A header, the body or a parameter cannot be read in one way only, or is not valid. */
  request_invalid: { status: 400, final: true, closesRun: false },
  /** The key is bound to a run or a conversation, and the call says that it is of another, or of none. */
  binding_not_met: { status: 403, final: true, closesRun: true },
  /** A header or a parameter names an account that the policy does not. */
  account_not_allowed: { status: 403, final: true, closesRun: false },
  /** A metadata name that only the proxy may write. */
  metadata_reserved: { status: 400, final: true, closesRun: false },
  /** A card's number or its code stands in the parameters, and the policy does not allow that. */
  card_data_not_allowed: { status: 403, final: true, closesRun: false },
  /** The call is for a customer, or for none, that the policy does not name. */
  customer_not_allowed: { status: 403, final: true, closesRun: false },
  /** A write without an Idempotency-Key, where the policy asks for one. */
  idempotency_key_required: { status: 400, final: true, closesRun: false },
  /** Another call about the same object is still running, and was waited for. */
  object_in_use: { status: 409, final: false, closesRun: false },
  /** The policy does not name the currency. */
  currency_not_allowed: { status: 403, final: true, closesRun: false },
  /** What the call would move cannot be known beforehand, or has no rate to US dollars. */
  amount_unknown: { status: 403, final: true, closesRun: false },
  /** More than the policy lets one call move. */
  amount_over_limit: { status: 403, final: true, closesRun: false },
  /** The Idempotency-Key was used before, for another act. */
  idempotency_error: { status: 400, final: true, closesRun: false },
  /** An equal act was carried out, and this one is worded otherwise, or another operation's: it may be another one, or the same. */
  possible_repeat: { status: 409, final: true, closesRun: false },
  /** Unknown, and not to be sent again safely: only the vendor's records can tell, so a person must look. */
  outcome_unresolved: { status: 400, final: true, closesRun: false },
  /** The same act is still running, and was waited for. */
  idempotency_key_in_use: { status: 409, final: false, closesRun: false },
  /** The key has made as many calls as it may in its life. */
  call_limit_exceeded: { status: 429, final: true, closesRun: true },
  /** The key has made as many calls as it may in a minute, or they needed as many look-ups. */
  rate_limited: { status: 429, final: false, closesRun: false },
  /** A budget of the key has no room for the call (402 if the policy says so). */
  spend_cap_exceeded: { status: 429, final: true, closesRun: true },
  /** A person has said no to the act, in these words or in others. */
  approval_denied: { status: 403, final: true, closesRun: false },
  /** A person must agree first, and was asked. The very same call goes through once they have, once. */
  approval_required: { status: 403, final: false, closesRun: false },
  /** The vendor was not reached; nothing was sent. */
  upstream_unreachable: { status: 502, final: false, closesRun: false },
  /** The vendor did not answer: whether it carried the call out is unknown, and the amount stays held. */
  outcome_unknown: { status: 504, final: false, closesRun: false },
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof REFUSALS;
