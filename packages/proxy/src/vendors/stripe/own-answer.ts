/**
 * Which answers are Stripe's own. A network in between (a block page, a captive portal, a maintenance page, a
 * gateway's JSON) answers before or after it passed the request on: what it says tells nothing about the act.
 */
import type { UpstreamAnswer } from "../vendor.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The inside of an error of Stripe's. */
export interface StripeError {
  readonly type: string;
  readonly code: string | null;
  readonly fields: Fields;
}

/** An answer of Stripe's own; `error` is null exactly when it is a success. */
export interface OwnAnswer {
  readonly object: Fields | null;
  readonly error: StripeError | null;
}

/**
 * Refusals by which Stripe says that it has not executed the request, by status and type
 * (https://docs.stripe.com/api/errors). The types of 401 and 429 that end in `_error` are those of older accounts.
 */
const NOT_EXECUTED: ReadonlyMap<number, readonly string[]> = new Map([
  [400, ["invalid_request_error", "idempotency_error"]],
  [401, ["invalid_request_error", "authentication_error"]],
  [402, ["card_error", "invalid_request_error"]],
  [403, ["invalid_request_error"]],
  [404, ["invalid_request_error"]],
  [429, ["invalid_request_error", "rate_limit_error"]],
]);

/** The refusals of v2, which has a type for each (https://docs.stripe.com/api-v2-overview#error-handling). */
const NOT_EXECUTED_BY_V2: ReadonlySet<string> = new Set([
  "already_canceled",
  "blocked_by_stripe",
  "cannot_proceed",
  "capability_not_enabled",
  "controlled_by_alternate_resource",
  "feature_not_enabled",
  "financial_account_not_open",
  "fx_quote_needs_refresh",
  "insufficient_funds",
  "invalid_fields",
  "invalid_payment_method",
  "invalid_payout_method",
  "invalid_vaulted_credential",
  "not_cancelable",
  "quota_exceeded",
  "rate_limit",
  "recipient_not_notifiable",
  "temporary_session_expired",
  "verification_attempt_failed",
  "verification_expired",
  "verification_not_initiated",
]);

/** Another request has the key or the object (409), or somebody whom Stripe asked failed (424): Stripe's, and no outcome. */
const NO_OUTCOME: ReadonlySet<number> = new Set([409, 424]);

/** What Stripe keeps to itself and carries out later, when a person has agreed (docs.stripe.com/account/approvals). */
const APPROVAL_REQUIRED = "approval_required";

/**
 * Reads an answer as Stripe's: with its request id and, for a refusal, an error with a type, for a write's success an
 * object that says what it is (lists of v2 do not). Null for everything else but a 5xx, which says nothing whoever
 * gives it.
 */
export function readOwnAnswer(
  { status, headers, body }: UpstreamAnswer,
  { write }: { readonly write: boolean },
): OwnAnswer | null {
  const object = parse(body);
  const error = errorOf(object);
  if (status >= 500) return { object, error: error ?? { type: "api_error", code: null, fields: {} } };
  if (status < 200 || (status >= 300 && status < 400)) return null;
  if ((headers["request-id"] ?? "") === "" || object === null) return null;
  if (status >= 400) return error !== null && isOwnRefusal(status, error) ? { object, error } : null;
  return write && typeof object.object !== "string" ? null : { object, error: null };
}

/** Whether a refusal of Stripe's own (below 500) says that nothing was executed and nothing will be. */
export function saysNotExecuted(status: number, { code }: StripeError): boolean {
  return !NO_OUTCOME.has(status) && code !== APPROVAL_REQUIRED;
}

/** Whether a refusal, whatever its status, says that Stripe asks a person and carries the request out when they agree. */
export function asksPerson(status: number, { code }: StripeError): boolean {
  return status < 500 && code === APPROVAL_REQUIRED;
}

/** The id of the request for a person's approval; null when the refusal does not name it. */
export function approvalRequestOf({ fields }: StripeError): string | null {
  const { approval_request: request } = fields;
  const id = isFields(request) ? request.id : request;
  return typeof id === "string" && /^[A-Za-z0-9_]{1,255}$/.test(id) ? id : null;
}

/** The states of a payment intent in which nobody can pay it any more. */
const ENDED: ReadonlySet<unknown> = new Set(["succeeded", "canceled"]);

/**
 * The payment intent that a refusal leaves alive: whoever has its client_secret can pay it, without any API key
 * (https://docs.stripe.com/payments/paymentintents/lifecycle). A setup intent commits nobody to an amount.
 */
export function liveObject({ fields }: StripeError): Fields | null {
  const intent = fields.payment_intent;
  return isFields(intent) && !ENDED.has(intent.status) ? intent : null;
}

/** Whether an answer shows a payment intent that is neither paid nor dead: authorised and processing ones, too. */
export function isUnpaidIntent(object: Fields | null): boolean {
  return object?.object === "payment_intent" && !ENDED.has(object.status);
}

function isOwnRefusal(status: number, { type }: StripeError): boolean {
  if (NO_OUTCOME.has(status)) return true;
  return NOT_EXECUTED.get(status)?.includes(type) === true || NOT_EXECUTED_BY_V2.has(type);
}

/** The JSON object that a body is; null when it is anything else. */
function parse(body: string): Fields | null {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function errorOf(object: Fields | null): StripeError | null {
  const fields = object?.error;
  if (!isFields(fields)) return null;
  const code = typeof fields.code === "string" ? fields.code : null;
  // v2 says that a request is malformed by a code alone.
  const type = typeof fields.type === "string" ? fields.type : code === "invalid_fields" ? code : null;
  return type === null ? null : { type, code, fields };
}
