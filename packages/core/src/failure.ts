import { isFinalCode, toolInstruction } from "./codes.ts";
import { LIMITS } from "./limits.ts";
import type { Approval, Failure } from "./outcome.ts";

/** Room for the client's own words around an upstream message. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= LIMITS.messageLength ? line : `${line.slice(0, LIMITS.messageLength - 1)}…`;
}

export interface FailureFacts {
  readonly code: string;
  readonly operation: string;
  readonly write: boolean;
  /** What happened, in a sentence, without what to do about it. */
  readonly what: string;
  /** An earlier try of the same act may have been executed. */
  readonly maybeExecuted?: boolean;
  readonly idempotencyKey?: string | null;
  readonly approval?: Approval;
}

/** A failure with the words a model needs: what happened, whether to stop, and what is safe to repeat. */
export function failure(facts: FailureFacts): Failure {
  const { code, operation, write, idempotencyKey, approval } = facts;
  const final = isFinalCode(code);
  const doubt =
    facts.maybeExecuted === true && final
      ? " An earlier try of this same call got no answer and may have been executed: look for the object before anything else."
      : "";
  return {
    ok: false,
    final,
    code,
    message: `${shorten(facts.what)}${doubt} ${toolInstruction(code, write)}`,
    operation,
    ...(typeof idempotencyKey === "string" ? { idempotency_key: idempotencyKey } : {}),
    ...(approval === undefined ? {} : { approval }),
  };
}
