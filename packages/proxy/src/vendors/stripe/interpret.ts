/** What an answer of Stripe's means for the books and for the caller. */
import type { Answer } from "../../refusal.ts";
import type { Unintelligible, UpstreamAnswer, Verdict, VerdictContext } from "../vendor.ts";
import { objectIdOf } from "./moved.ts";
import {
  approvalRequestOf,
  asksPerson,
  isUnpaidIntent,
  liveObject,
  readOwnAnswer,
  type StripeError,
  saysNotExecuted,
} from "./own-answer.ts";
import { scrubUpstreamError } from "./scrub-error.ts";

/** Of Stripe's headers the caller sees these; the rest is between Stripe and the proxy. */
const ANSWERED_HEADERS = [
  "content-type",
  "request-id",
  "original-request",
  "idempotency-key",
  "idempotent-replayed",
  "stripe-version",
  "stripe-should-retry",
  "stripe-rate-limited-reason",
  "x-keybrake-emulator",
] as const;

/** Refusals before execution: true of this attempt only, so the act may be tried again. */
const PASSING_REFUSALS = new Set([401, 403, 429]);

function passedHeaders(headers: UpstreamAnswer["headers"]): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of ANSWERED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/**
 * On a re-send only an answer that Stripe saves under the key says anything about the first attempt; everything
 * else leaves it unknown.
 */
export function interpret(result: UpstreamAnswer, call: VerdictContext): Verdict | Unintelligible {
  const { status } = result;
  const own = readOwnAnswer(result, call);
  if (own === null)
    return { ok: false, reason: status < 300 && status >= 200 ? "answer_unreadable" : `http_${status}` };
  const { object, error } = own;
  const body = status >= 400 ? scrubUpstreamError(status, result.body) : result.body;
  const headers = { ...passedHeaders(result.headers), "content-type": "application/json" };
  const answer: Answer = { status, headers, body };
  const common = {
    ok: true,
    code: error === null ? null : (error.code ?? error.type),
    upstreamRequestId: result.headers["request-id"] ?? null,
    replayedUpstream: result.headers["idempotent-replayed"] === "true",
    answer,
    unpaid: false,
    declined: status === 402,
  } as const;
  const shown = { object, objectId: objectIdOf(object), unpaid: isUnpaidIntent(object) };
  if (!call.write) return { ...common, ...shown, state: "none", stored: null };
  if (error === null) return { ...common, ...shown, state: "posted", stored: answer };
  if (asksPerson(status, error)) {
    // A repeat is answered the same, so that the person is asked once.
    return { ...common, object: null, objectId: approvalRequestOf(error), state: "awaiting", stored: answer };
  }
  const nothing = { object: null, objectId: null };
  if (!isDefinite(status, error, call)) return { ...common, ...nothing, state: "unknown", stored: null };
  // A parameter error is not saved by Stripe: the corrected call may use the same key.
  const stored = status === 402 && call.keepDecline ? answer : null;
  const live = liveObject(error);
  if (live === null) return { ...common, ...nothing, state: "voided", stored };
  return { ...common, object: live, objectId: objectIdOf(live), unpaid: true, state: "posted", stored };
}

/** Whether a refusal says that neither this attempt nor, on a re-send, the first one was executed. */
function isDefinite(status: number, error: StripeError, { resent }: VerdictContext): boolean {
  if (status >= 500 || !saysNotExecuted(status, error)) return false;
  return !resent || !(PASSING_REFUSALS.has(status) || error.type === "idempotency_error");
}
