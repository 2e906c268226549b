import { REFUSALS, type RefusalCode } from "@keybrake/core";
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
  /** What happened and what to do next, in one or two sentences. Never holds a key. */
  readonly message: string;
  /** The parameter at fault, when there is one. */
  readonly param?: string;
  /** Instead of the code's usual status (`cap_status`). */
  readonly status?: number;
  /** Facts for programs: the cap, what is spent, the operation … */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export const OVERLOADED: Refusal = {
  code: "overloaded",
  message: "Too many calls are running, here or with this key. Nothing was done; try again in a moment.",
};

export const BODY_LATE: Refusal = {
  code: "overloaded",
  status: 408,
  message: `The request's body did not arrive within ${LIMITS.bodyMs / 1000} s. Nothing was done; send it again.`,
};

function errorType(code: RefusalCode, status: number): string {
  if (code === "idempotency_error") return "idempotency_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "api_error" : "invalid_request_error";
}

/**
 * A refusal in Stripe's error shape. Stripe's SDKs take a body without a truthy `error` object for success,
 * and retry 409 and 5xx unless `Stripe-Should-Retry: false` says otherwise; both were measured.
 */
export function refusalAnswer(refusal: Refusal, callId: string | null): Answer {
  const status = refusal.status ?? REFUSALS[refusal.code].status;
  const error = {
    type: errorType(refusal.code, status),
    code: refusal.code,
    message: refusal.message,
    ...(refusal.param === undefined ? {} : { param: refusal.param }),
    keybrake: { ...(callId === null ? {} : { call_id: callId }), ...refusal.detail },
  };
  return {
    status,
    headers: {
      "content-type": "application/json",
      "stripe-should-retry": "false",
      ...(callId === null ? {} : { "request-id": callId }),
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="Keybrake"' } : {}),
    },
    body: JSON.stringify({ error }),
  };
}
