/** What an answer of Stripe's means for the books and for the caller. */
import type { Answer } from "../../refusal.ts";
import type { Unintelligible, UpstreamAnswer, Verdict, VerdictContext } from "../vendor.ts";
import { objectIdOf } from "./moved.ts";
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

/** Refusals that Stripe saves under the key, and that say that nothing was executed or will be. */
const SAVED_REFUSALS = new Set([400, 402, 404]);
/** Refusals before execution: true of this attempt only, so the act may be tried again. */
const PASSING_REFUSALS = new Set([401, 403, 429]);

function errorOf(object: unknown): { code: string | null; type: string | null } {
  const error = (object as { error?: { code?: unknown; type?: unknown } } | null)?.error;
  const text = (value: unknown) => (typeof value === "string" ? value : null);
  return { code: text(error?.code), type: text(error?.type) };
}

/** The JSON object that a body is; null when it is anything else. */
function parse(body: string): object | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * Why an answer cannot be Stripe's own, and so says nothing: a success without an object, a redirection. A
 * network in between answers like this, before or after it passed the request on.
 */
function oddity(status: number, object: object | null): string | null {
  if (status < 200 || (status >= 300 && status < 400)) return `http_${status}`;
  return status < 300 && object === null ? "answer_unreadable" : null;
}

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
  const object = parse(result.body);
  const reason = oddity(status, object);
  if (reason !== null) return { ok: false, reason };
  const { code, type } = errorOf(object);
  const body = status >= 400 ? scrubUpstreamError(status, result.body) : result.body;
  const headers = { ...passedHeaders(result.headers), "content-type": "application/json" };
  const answer: Answer = { status, headers, body };
  const common = {
    ok: true,
    code: status >= 400 ? (code ?? type ?? `http_${status}`) : null,
    upstreamRequestId: result.headers["request-id"] ?? null,
    replayedUpstream: result.headers["idempotent-replayed"] === "true",
    answer,
  } as const;
  const shown = { object, objectId: objectIdOf(object) };
  if (!call.write) return { ...common, ...shown, state: "none", stored: null };
  if (status >= 200 && status < 300) return { ...common, ...shown, state: "posted", stored: answer };
  const nothing = { object: null, objectId: null };
  const definite = !(call.resent && type === "idempotency_error");
  if (SAVED_REFUSALS.has(status) && definite) {
    // A parameter error is not saved by Stripe: the corrected call may use the same key.
    const stored = status === 402 && call.keepDecline ? answer : null;
    return { ...common, ...nothing, state: "voided", stored };
  }
  if (PASSING_REFUSALS.has(status) && !call.resent)
    return { ...common, ...nothing, state: "voided", stored: null };
  return { ...common, ...nothing, state: "unknown", stored: null };
}
