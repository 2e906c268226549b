import { LIMITS } from "./limits.ts";
import { type Approval, type Failure, isFinalCode } from "./outcome.ts";

/** What a model does next, by code. Said after what happened. */
const INSTRUCTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    spend_cap_exceeded:
      "Stop: do not retry, do not split the amount and do not try another customer or payment method. Report what was done so far.",
    vault_key_revoked: "Stop: no further call can succeed. Report what was done so far.",
    vault_key_expired: "Stop: no further call can succeed. Report what was done so far.",
    invalid_vault_key: "Stop: no further call can succeed. Report this to a person.",
    call_limit_exceeded: "Stop: no further call can succeed. Report what was done so far.",
    operation_not_allowed: "Stop: you may not do this, with any arguments or any other tool.",
    run_stopped:
      "Nothing was sent. Stop: no charge or refund of this run can succeed. Report what was done so far.",
    max_writes_reached: "Nothing was sent. Stop: report what was done so far.",
    invalid_input: "Nothing was sent. Correct the input and call again.",
    approval_required: "Nothing was sent. Wait for a person to approve; do not try to do it another way.",
    rate_limited:
      "Wait a minute, then call again with exactly the same arguments; it cannot be executed twice.",
    resource_missing: "Stop: do not guess ids. Use an id that a tool or the user gave.",
    over_refund: "Nothing was refunded. Stop: do not retry with another amount unless the user asks for it.",
    charge_already_refunded: "Nothing was refunded again. Stop: do not retry.",
    idempotency_error:
      "Nothing was executed again. Stop: if a second act is really meant, give it its own reference.",
  }),
);

const STOP = "Stop: do not retry.";
const READ_AGAIN = "Nothing was changed. You may call again.";
const WRITE_AGAIN =
  "Calling again with exactly the same arguments is safe: it cannot charge or refund twice. Do not change the arguments.";

/** Room for the client's own words around an upstream message. */
function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= LIMITS.messageLength ? line : `${line.slice(0, LIMITS.messageLength - 1)}…`;
}

export interface FailureFacts {
  readonly code: string;
  readonly operation: string;
  readonly write: boolean;
  /** What happened, in a sentence. */
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
  const instruction = INSTRUCTIONS.get(code) ?? (final ? STOP : write ? WRITE_AGAIN : READ_AGAIN);
  const doubt =
    facts.maybeExecuted === true && final
      ? " An earlier try of this same call got no answer and may have been executed: look for the object before anything else."
      : "";
  return {
    ok: false,
    final,
    code,
    message: `${shorten(facts.what)}${doubt} ${instruction}`,
    operation,
    ...(typeof idempotencyKey === "string" ? { idempotency_key: idempotencyKey } : {}),
    ...(approval === undefined ? {} : { approval }),
  };
}
