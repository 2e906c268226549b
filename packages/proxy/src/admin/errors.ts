import { redactSecrets } from "@keybrake/core";
import { HTTPException } from "hono/http-exception";

/** Every code of the admin API beside those of calls, with its HTTP status. */
const ADMIN_ERRORS = {
  request_invalid: 400,
  body_too_large: 413,
  budget_required: 400,
  budget_not_found: 404,
  budget_exists: 409,
  budget_too_deep: 400,
  vault_key_ended: 409,
  too_many_stops: 409,
  invalid_admin_key: 401,
  too_many_wrong_keys: 429,
  scope_missing: 403,
  issue_quota_exceeded: 429,
  above_ceiling: 403,
  delegation_not_allowed: 403,
  delegation_exhausted: 403,
  wider_than_parent: 403,
  not_found: 404,
  cursor_invalid: 400,
  call_already_settled: 409,
  call_in_flight: 409,
  backup_elsewhere: 409,
  approval_decided: 409,
  approval_expired: 409,
} as const;

export type AdminErrorCode = keyof typeof ADMIN_ERRORS;

/** Thrown by handlers, turned into an answer in one place (`onError`). */
export function adminError(code: AdminErrorCode, message: string, param?: string): HTTPException {
  return new HTTPException(ADMIN_ERRORS[code], { message, cause: { code, param } });
}

/** The same shape as a refused call has: one error format on the whole port. */
export function adminErrorBody(code: string, message: string, status: number, param?: string) {
  const type = status >= 500 ? "api_error" : "invalid_request_error";
  // Both may quote what was sent, and a key may have been pasted anywhere.
  const said = {
    message: redactSecrets(message),
    ...(param === undefined ? {} : { param: redactSecrets(param) }),
  };
  return { error: { type, code, ...said, keybrake: {} } };
}
