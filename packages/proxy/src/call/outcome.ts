import type { Settlement, StoredAnswer } from "@keybrake/ledger";
import { type Answer, refusalAnswer } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import { scrubUpstreamError } from "../vendors/stripe/index.ts";

/** What an upstream result means for the books and for the caller. */
export interface Outcome {
  readonly state: Settlement["state"];
  /** Kept for replays; null gives the claim of a voided call back. */
  readonly stored: StoredAnswer | null;
  readonly code: string | null;
  readonly upstreamRequestId: string | null;
  /** The parsed body of a success; null otherwise. */
  readonly object: unknown;
  readonly replayedUpstream: boolean;
  readonly answer: Answer;
}

export interface OutcomeContext {
  readonly callId: string;
  /** False for reads, whose outcome reserves nothing. */
  readonly write: boolean;
  /** True when an earlier attempt of the same act may have taken effect. */
  readonly resent: boolean;
  /** Whether a decline answers later calls under the claim too. By act, a later call is a new attempt. */
  readonly keepDecline: boolean;
}

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

/**
 * Step 7, the pure half. On a re-send only an answer that Stripe saves under the key says anything about the
 * first attempt; everything else leaves it unknown.
 */
export function outcomeOf(result: UpstreamResult, call: OutcomeContext): Outcome {
  if (result.kind !== "answer") return lostOutcome(result, call);
  const { status } = result;
  const object = parse(result.body);
  const odd = oddity(status, object);
  if (odd !== null) return lostOutcome({ kind: "unknown", reason: odd }, call);
  const { code, type } = errorOf(object);
  const headers: Record<string, string> = {};
  for (const name of ANSWERED_HEADERS) {
    const value = result.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const body = status >= 400 ? scrubUpstreamError(status, result.body) : result.body;
  const answer: Answer = { status, headers: { ...headers, "content-type": "application/json" }, body };
  const common = {
    code: status >= 400 ? (code ?? type ?? `http_${status}`) : null,
    upstreamRequestId: result.headers["request-id"] ?? null,
    replayedUpstream: result.headers["idempotent-replayed"] === "true",
    answer,
  };
  if (!call.write) return { ...common, state: "none", stored: null, object };
  if (status >= 200 && status < 300) return { ...common, state: "posted", stored: answer, object };
  const definite = !(call.resent && type === "idempotency_error");
  if (SAVED_REFUSALS.has(status) && definite) {
    // A parameter error is not saved by Stripe: the corrected call may use the same key.
    return {
      ...common,
      state: "voided",
      stored: status === 402 && call.keepDecline ? answer : null,
      object: null,
    };
  }
  if (PASSING_REFUSALS.has(status) && !call.resent)
    return { ...common, state: "voided", stored: null, object: null };
  return { ...common, state: "unknown", stored: null, object: null };
}

function lostOutcome(result: Exclude<UpstreamResult, { kind: "answer" }>, call: OutcomeContext): Outcome {
  const unknown = call.write && (result.kind === "unknown" || call.resent);
  const code = unknown ? "outcome_unknown" : "upstream_unreachable";
  const message = unknown
    ? "Stripe did not answer, so it is unknown whether this call took effect. Its amount stays reserved. Send the same call with the same Idempotency-Key again: it cannot take effect twice."
    : "Stripe could not be reached. Nothing took effect; try again later.";
  const refusal = refusalAnswer({ code, message, detail: { reason: result.reason } }, call.callId);
  // Both may be sent again under the same key without harm, so the SDKs are told that they may.
  const answer = { ...refusal, headers: { ...refusal.headers, "stripe-should-retry": "true" } };
  return {
    state: unknown ? "unknown" : call.write ? "voided" : "none",
    stored: null,
    code,
    upstreamRequestId: null,
    object: null,
    replayedUpstream: false,
    answer,
  };
}
