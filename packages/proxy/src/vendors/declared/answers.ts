import { type Answer, errorAnswer, messageOf, type Refusal } from "../../refusal.ts";
import type { Unintelligible, UpstreamAnswer, Verdict, VerdictContext } from "../vendor.ts";
import type { Description } from "./description.ts";
import { type Fields, merge, nest, parseFields, textAt } from "./fields.ts";

/** What answers of a declared vendor mean, and refusals in its words. */

const CODE_CHARS_MAX = 64;

/**
 * Only an error in the vendor's own shape, with a status that its description lists, says that nothing has happened;
 * and of a call that was sent before, nothing says it.
 */
export function interpretBy(
  description: Description,
  redact: (text: string) => string,
): (answer: UpstreamAnswer, context: VerdictContext) => Verdict | Unintelligible {
  const { error, object_id, request_id } = description;
  return ({ status, headers, body }, { write, resent }) => {
    const succeeded = status >= 200 && status < 300;
    const object = body === "" && succeeded ? {} : parseFields(body);
    const code = object === null ? null : textAt(object, error.code);
    if (object === null || (!succeeded && (status < 400 || code === null)))
      return { ok: false, reason: succeeded ? "answer_unreadable" : `http_${status}` };
    const isRefused = !succeeded && !resent && error.not_executed.includes(status);
    const state = succeeded ? "posted" : isRefused ? "voided" : "unknown";
    const requestId = request_id === undefined ? undefined : headers[request_id];
    const answer = { status, headers: passed(headers, request_id), body: redact(body) };
    return {
      ok: true,
      state: write ? state : "none",
      stored: write && succeeded ? answer : null,
      code: succeeded ? null : redact(code ?? "").slice(0, CODE_CHARS_MAX),
      upstreamRequestId: requestId ?? null,
      objectId: succeeded ? textAt(object, object_id) : null,
      object: succeeded ? object : null,
      unpaid: false,
      declined: false,
      replayedUpstream: false,
      answer,
    };
  };
}

function passed(headers: UpstreamAnswer["headers"], requestId: string | undefined): Record<string, string> {
  const named = requestId === undefined ? undefined : headers[requestId];
  return {
    "content-type": "application/json",
    ...(requestId !== undefined && named !== undefined ? { [requestId]: named } : {}),
  };
}

/** Code, message and status where the vendor's clients look for them; the rest is the proxy's own. */
export function refusalBy({ error }: Description): (refusal: Refusal, callId: string | null) => Answer {
  return (refusal, callId) => {
    const { status, headers, body } = errorAnswer(refusal, callId);
    const own = (JSON.parse(body) as { error: { keybrake: Fields } }).error.keybrake;
    const shown = [
      nest(error.code, refusal.code),
      error.message === undefined ? {} : nest(error.message, messageOf(refusal)),
      error.status === undefined ? {} : nest(error.status, status),
      {
        keybrake: {
          ...own,
          message: messageOf(refusal),
          ...(refusal.param === undefined ? {} : { param: refusal.param }),
        },
      },
    ];
    return { status, headers, body: JSON.stringify(shown.reduce(merge)) };
  };
}
