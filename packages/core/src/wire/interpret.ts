import { closesRun, leavesUnknown } from "../codes.ts";
import { failure } from "../failure.ts";
import type { Approval, Described, Outcome } from "../outcome.ts";
import { REFUSALS } from "../refusals.ts";
import { isRecord } from "../text.ts";
import { connectionWords } from "./connection-failure.ts";
import type { Answered, SendResult } from "./send.ts";

/** The call that a result belongs to. */
export interface SentCall {
  readonly operation: string;
  readonly write: boolean;
  readonly idempotencyKey: string | null;
  /** An earlier call of the same act ended without an answer. */
  readonly unknownBefore: boolean;
  /** The proxy's root, which holds no credentials; for people. */
  readonly proxyUrl: string;
}

/** Turns a 2xx body into an outcome's terms; null when it is not what the request is answered with. */
export type DescribeAnswer = (
  body: Readonly<Record<string, unknown>>,
  context: { readonly replayed: boolean },
) => Described | null;

interface WireError {
  readonly code: string;
  /** What happened, without what to do about it. */
  readonly what: string;
  /** What Keybrake has asked a person. */
  readonly approval?: Approval;
  /** Stripe itself asks a person, and carries the act out when they agree. */
  readonly isPending?: boolean;
}

/** Statuses of objects with which no money moved, though Stripe answered 200. */
const FAILED_STATUSES = new Set(["failed", "canceled"]);

/** The error in an answer of Keybrake's or of Stripe's; null in what somebody else answered. */
function errorOf(body: unknown): Readonly<Record<string, unknown>> | null {
  const error = isRecord(body) ? body.error : null;
  if (!isRecord(error)) return null;
  return typeof error.type === "string" || Object.hasOwn(REFUSALS, String(error.code)) ? error : null;
}

/** A web server, a firewall or a gateway, where the proxy should be or in front of it. */
export function notKeybrake({ status, page }: Answered, proxyUrl: string): string {
  const answer = page ? "an HTML page" : "nothing that a Keybrake proxy answers";
  return `What answers at ${proxyUrl} is not a Keybrake proxy: HTTP ${status}, ${answer}.`;
}

/**
 * What happened, in the words of the answer: the proxy's `keybrake.reason`, because its message says what to do now as
 * well, which a tool's model hears from the table of codes; Stripe's message, which says no more than that.
 */
function reasonOf({ keybrake, message }: Readonly<Record<string, unknown>>, status: number): string {
  const reason = isRecord(keybrake) ? (keybrake.reason ?? message) : message;
  return typeof reason === "string" && reason !== "" ? reason : `The answer was HTTP ${status}.`;
}

/** An error of Stripe's own, or of the proxy's with a code that this version does not know. */
function readStripeError(
  error: Readonly<Record<string, unknown>>,
  given: string | null,
  { status, write, what }: { readonly status: number; readonly write: boolean; readonly what: string },
): WireError {
  if (status === 409) return { code: write ? "idempotency_key_in_use" : "upstream_error", what };
  if (status === 402) {
    const reason = typeof error.decline_code === "string" ? ` (${error.decline_code})` : "";
    return { code: given ?? "card_declined", what: `${what}${reason} Nothing was charged.` };
  }
  if (given !== null) return { code: given, what };
  if (/greater than unrefunded amount/i.test(what)) return { code: "over_refund", what };
  if (error.type === "idempotency_error") return { code: "idempotency_error", what };
  return { code: status === 401 || status === 403 ? "operation_not_allowed" : "request_invalid", what };
}

/** What a vendor asks a person for bears the id under which they find it. */
function withRequestId(what: string, request: unknown): string {
  const id = isRecord(request) ? request.id : request;
  const named = typeof id !== "string" || what.includes(id) ? what : `${what} Approval request: ${id}.`;
  return `${named} Nothing has moved yet.`;
}

/** Whether it is Stripe itself that asks a person: what Keybrake asks one bears its mark, and never another status. */
function isVendorsApproval(
  error: Readonly<Record<string, unknown>>,
  { code, status }: { readonly code: string | null; readonly status: number },
): boolean {
  if (code !== "approval_required" || isRecord(error.keybrake)) return false;
  return error.approval_request !== undefined || status !== REFUSALS.approval_required.status;
}

/** What Keybrake has asked a person, as its refusal says. */
function approvalOf(
  error: Readonly<Record<string, unknown>> | null,
  code: string,
): { readonly approval?: Approval } {
  const said = error?.keybrake;
  if (!code.startsWith("approval_") || !isRecord(said) || typeof said.approval_id !== "string") return {};
  const { approval_id: id, expires_at } = said;
  return { approval: { id, ...(typeof expires_at === "string" ? { expires_at } : {}) } };
}

/** The code and the words of an answer that is no 2xx: Keybrake's, Stripe's, or of something that is neither. */
function readError(answer: Answered, { write, proxyUrl }: SentCall): WireError {
  const { status, body } = answer;
  const error = errorOf(body);
  const what = error === null ? notKeybrake(answer, proxyUrl) : reasonOf(error, status);
  const code = typeof error?.code === "string" && /^[a-z0-9_]{1,80}$/.test(error.code) ? error.code : null;
  if (error !== null && isVendorsApproval(error, { code, status }))
    return {
      code: "approval_required",
      what: withRequestId(what, error.approval_request),
      isPending: true,
    };
  if (code !== null && Object.hasOwn(REFUSALS, code))
    return { code, what: withCapWords(code, what), ...approvalOf(error, code) };
  if (status === 429) return { code: "rate_limited", what };
  // A 5xx of Stripe's or of something in between, or a redirect: a write may have been executed.
  if (status >= 500 || status < 400) return { code: write ? "outcome_unknown" : "upstream_error", what };
  return error === null
    ? { code: "not_keybrake", what }
    : readStripeError(error, code, { status, write, what });
}

/** The cap's sentence always holds the words that agents are told to look for. */
function withCapWords(code: string, what: string): string {
  return code === "spend_cap_exceeded" && !/spend cap reached/i.test(what)
    ? `Spend cap reached. ${what}`
    : what;
}

function whyNoAnswer(result: Exclude<SendResult, Answered>, proxyUrl: string): string {
  switch (result.kind) {
    case "aborted":
      return `The call was aborted${result.maybeReached ? " after it was sent" : " before it was sent"}.`;
    case "timed_out":
      return result.maybeReached
        ? `No answer came in time from the proxy at ${proxyUrl}.`
        : `No connection to the proxy at ${proxyUrl} was made in time; nothing was sent.`;
    case "unreachable":
      return connectionWords(result, proxyUrl);
  }
}

function withoutAnswer(result: Exclude<SendResult, Answered>, call: SentCall): Outcome {
  const { operation, write, idempotencyKey, proxyUrl } = call;
  const fail = (code: string, what: string) => failure({ code, what, operation, write, idempotencyKey });
  const why = whyNoAnswer(result, proxyUrl);
  if (write && result.maybeReached) {
    return fail("outcome_unknown", `${why} Whether it was carried out is unknown.`);
  }
  if (result.kind === "aborted") return fail("aborted", why);
  return fail(result.kind === "timed_out" && !write ? "timed_out" : "proxy_unreachable", why);
}

/** What the tool returns for how its request ended, and what the run must remember of it. */
export interface Interpretation {
  readonly outcome: Outcome;
  /** The act may have been executed, and nobody knows. */
  readonly unknown: boolean;
  /** Set when the refusal concerns the key: no later write of the run can succeed. */
  readonly stop: { readonly code: string; readonly message: string } | null;
}

/** Pure: from the last answer (or the lack of one) to an outcome. */
export function interpret(result: SendResult, call: SentCall, describe: DescribeAnswer): Interpretation {
  const { operation, write, idempotencyKey, unknownBefore } = call;
  if (result.kind !== "answer") {
    return {
      outcome: withoutAnswer(result, call),
      unknown: result.maybeReached || unknownBefore,
      stop: null,
    };
  }
  const { status, body, replayed } = result;
  const maybeExecuted = result.maybeReached || unknownBefore;
  const fail = (code: string, what: string, approval?: Approval): Outcome =>
    failure({
      ...{ code, what, operation, write, idempotencyKey, maybeExecuted: write && maybeExecuted },
      ...(approval === undefined ? {} : { approval }),
    });
  if (status >= 200 && status < 300) {
    const described = isRecord(body) && !isRecord(body.error) ? describe(body, { replayed }) : null;
    if (described === null) {
      const code = write ? "outcome_unknown" : "upstream_error";
      const what = result.page ? notKeybrake(result, call.proxyUrl) : "The answer cannot be understood.";
      return { outcome: fail(code, what), unknown: write, stop: null };
    }
    if (write && FAILED_STATUSES.has(described.status)) {
      const what = `${described.id} has the status ${described.status}: no money moved.`;
      return { outcome: fail("act_failed", what), unknown: false, stop: null };
    }
    return { outcome: { ok: true, operation, ...described, replayed }, unknown: false, stop: null };
  }
  const { code, what, approval, isPending = false } = readError(result, call);
  // A decline and an over-refund are answers about the act itself; other refusals say nothing of earlier tries.
  const settled = (status === 402 && code !== "not_keybrake") || code === "over_refund";
  return {
    outcome: fail(code, what, approval),
    unknown: isPending || leavesUnknown(code) || (maybeExecuted && !settled),
    stop: closesRun(code) ? { code, message: what } : null,
  };
}
