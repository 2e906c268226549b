import { failure } from "./failure.ts";
import { closesRun, isFinalCode, type Outcome } from "./outcome.ts";
import { REFUSALS } from "./refusals.ts";
import type { SendResult } from "./send.ts";
import { isRecord } from "./text.ts";
import type { Described } from "./tool-spec.ts";

/** The call that a result belongs to. */
export interface CallFacts {
  readonly operation: string;
  readonly write: boolean;
  readonly idempotencyKey: string | null;
  /** An earlier call of the same act ended without an answer. */
  readonly unknownBefore: boolean;
}

/** Turns a 2xx body into an outcome's terms; null when it is not what the request is answered with. */
export type DescribeAnswer = (
  body: Readonly<Record<string, unknown>>,
  context: { readonly replayed: boolean },
) => Described | null;

interface WireError {
  readonly code: string;
  readonly message: string;
}

/** Statuses of objects with which no money moved, though Stripe answered 200. */
const FAILED_STATUSES = new Set(["failed", "canceled"]);

/** The code and the words of an error answer, Keybrake's or Stripe's. */
function readError(status: number, body: unknown, write: boolean): WireError {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const message = typeof error.message === "string" ? error.message : `The answer was HTTP ${status}.`;
  const given = typeof error.code === "string" && /^[a-z0-9_]{1,80}$/.test(error.code) ? error.code : null;
  if (given !== null && Object.hasOwn(REFUSALS, given)) return { code: given, message };
  // A 5xx of Stripe, or of something in between: a write may have been executed.
  if (status >= 500) return { code: write ? "outcome_unknown" : "upstream_error", message };
  if (status === 429) return { code: "rate_limited", message };
  if (status === 409) return { code: write ? "idempotency_key_in_use" : "upstream_error", message };
  if (status === 402) {
    const reason = typeof error.decline_code === "string" ? ` (${error.decline_code})` : "";
    return { code: given ?? "card_declined", message: `${message}${reason} Nothing was charged.` };
  }
  if (given === null && /greater than unrefunded amount/i.test(message))
    return { code: "over_refund", message };
  if (given !== null) return { code: given, message };
  if (error.type === "idempotency_error") return { code: "idempotency_error", message };
  if (status === 401 || status === 403) return { code: "operation_not_allowed", message };
  if (status >= 400) return { code: "request_invalid", message };
  // A redirect or an informational answer: not from the proxy.
  return { code: write ? "outcome_unknown" : "upstream_error", message };
}

/** What is said of a refusal; the cap's sentence always holds the words that agents are told to look for. */
function whatHappened(error: WireError): string {
  const { code, message } = error;
  if (code === "spend_cap_exceeded" && !/spend cap reached/i.test(message))
    return `Spend cap reached. ${message}`;
  return message;
}

function withoutAnswer(result: Exclude<SendResult, { kind: "answer" }>, call: CallFacts): Outcome {
  const { operation, write, idempotencyKey } = call;
  const fail = (code: string, what: string) => failure({ code, what, operation, write, idempotencyKey });
  if (write && result.maybeReached) {
    const why = {
      aborted: "The call was aborted after it was sent",
      timed_out: "No answer came in time",
      unreachable: "The connection was lost",
    }[result.kind];
    return fail("outcome_unknown", `${why}: whether it was carried out is unknown.`);
  }
  switch (result.kind) {
    case "aborted":
      return fail("aborted", write ? "The call was aborted before it was sent." : "The call was aborted.");
    case "timed_out":
      return fail(
        write ? "proxy_unreachable" : "timed_out",
        write ? "No connection to the proxy was made in time; nothing was sent." : "No answer came in time.",
      );
    case "unreachable":
      return fail(
        "proxy_unreachable",
        result.maybeReached
          ? "The connection to the proxy was lost."
          : "The proxy cannot be reached; nothing was sent.",
      );
  }
}

/** What the tool returns for how its request ended, and what the run must remember of it. */
export interface Interpretation {
  readonly outcome: Outcome;
  /** The act may have been executed, and nobody knows. */
  readonly unknown: boolean;
  /** The refusal concerns the key: no later write of the run can succeed. */
  readonly closesRun: boolean;
}

/** Pure: from the last answer (or the lack of one) to an outcome. */
export function interpret(result: SendResult, call: CallFacts, describe: DescribeAnswer): Interpretation {
  const { operation, write, idempotencyKey, unknownBefore } = call;
  if (result.kind !== "answer") {
    return {
      outcome: withoutAnswer(result, call),
      unknown: result.maybeReached || unknownBefore,
      closesRun: false,
    };
  }
  const { status, body, replayed } = result;
  const maybeExecuted = result.maybeReached || unknownBefore;
  const fail = (code: string, what: string): Outcome =>
    failure({ code, what, operation, write, idempotencyKey, maybeExecuted: write && maybeExecuted });
  if (status >= 200 && status < 300) {
    const described = isRecord(body) && !isRecord(body.error) ? describe(body, { replayed }) : null;
    if (described === null) {
      const code = write ? "outcome_unknown" : "upstream_error";
      return { outcome: fail(code, "The answer cannot be understood."), unknown: write, closesRun: false };
    }
    if (write && FAILED_STATUSES.has(described.status)) {
      const what = `${described.id} has the status ${described.status}: no money moved.`;
      return { outcome: fail("act_failed", what), unknown: false, closesRun: false };
    }
    return { outcome: { ok: true, operation, ...described, replayed }, unknown: false, closesRun: false };
  }
  const error = readError(status, body, write);
  const outcome = fail(error.code, whatHappened(error));
  // A decline and an over-refund are answers about the act itself; other refusals say nothing of earlier tries.
  const settled = status === 402 || error.code === "over_refund";
  const open = !isFinalCode(error.code) && error.code !== "rate_limited" && error.code !== "overloaded";
  const unknown = open || (maybeExecuted && !settled);
  return { outcome, unknown, closesRun: closesRun(error.code) };
}
