import { clientInstruction, REFUSALS, type RefusalCode } from "@keybrake/core";
import { LIMITS } from "./limits.ts";

/** What leaves the proxy. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A call that is not carried out. */
export interface Refusal {
  readonly code: RefusalCode;
  /**
   * What is so, and what is special to this cause, in one or two sentences. What to do now is added by `messageOf`.
   * Never holds a key.
   */
  readonly reason: string;
  /** What to do now, where that depends on the call: instead of the words of its code. */
  readonly instruction?: string;
  /** The parameter at fault, when there is one. */
  readonly param?: string;
  /** Instead of the code's usual status (`cap_status`). */
  readonly status?: number;
  /** The same call may be looked at after so many whole seconds (RFC 9110, section 10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Facts for programs: the cap, what is spent, the operation … */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export const OVERLOADED: Refusal = {
  code: "overloaded",
  reason: "Too many calls are running, here or with this key. Nothing was done.",
};

export const BODY_TOO_LARGE: Refusal = {
  code: "body_too_large",
  reason: `A request body has at most ${LIMITS.bodyBytes} bytes.`,
};

export const BODY_LATE: Refusal = {
  code: "body_late",
  reason: `The request's body did not arrive within ${LIMITS.bodyMs / 1000} s. Nothing was done.`,
};

/** The HTTP status that a refusal is answered with. */
export function statusOf(refusal: Refusal): number {
  return refusal.status ?? REFUSALS[refusal.code].status;
}

/** What is so, and what to do now: the words for whoever called over HTTP. */
export function messageOf({ reason, code, instruction = clientInstruction(code) }: Refusal): string {
  return `${reason} ${instruction}`;
}

function errorType(code: RefusalCode, status: number): string {
  if (code === "idempotency_error" || code === "possible_repeat") return "idempotency_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}

/** A refusal in the one error shape of the port: of /mcp, and of the vendors whose own shape it is. */
export function errorAnswer(refusal: Refusal, callId: string | null): Answer {
  const status = statusOf(refusal);
  const error = {
    type: errorType(refusal.code, status),
    code: refusal.code,
    message: messageOf(refusal),
    ...(refusal.param === undefined ? {} : { param: refusal.param }),
    // Alone as well: the tools have words of their own for what to do now.
    keybrake: {
      ...(callId === null ? {} : { call_id: callId }),
      reason: refusal.reason,
      ...refusal.detail,
    },
  };
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(callId === null ? {} : { "request-id": callId }),
      ...(refusal.retryAfterSeconds === undefined
        ? {}
        : { "retry-after": String(refusal.retryAfterSeconds) }),
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="Keybrake"' } : {}),
    },
    body: JSON.stringify({ error }),
  };
}
