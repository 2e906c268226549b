import type { Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import type { Vendor, Verdict, VerdictContext } from "../vendors/vendor.ts";
import type { Identified } from "./call.ts";

/** The call that a result is of. */
type JudgedCall = Pick<Identified, "callId" | "claim"> & {
  readonly key: { readonly policy: Pick<Policy, "dedupe"> };
};

/** What an upstream result means: the vendor reads its own answers, and what is none of them is lost. */
export function verdictOf(
  vendor: Vendor,
  result: UpstreamResult,
  context: VerdictContext,
  call: JudgedCall,
): Verdict {
  if (result.kind !== "answer") return lost(vendor, result.kind, result.reason, context, call);
  const verdict = vendor.interpret(result, context);
  return verdict.ok ? verdict : lost(vendor, "unknown", verdict.reason, context, call);
}

/** Only what was certainly not sent, now or before, is certain not to have taken effect. */
function lost(
  vendor: Vendor,
  kind: "unknown" | "not_sent",
  reason: string,
  { write, resent }: VerdictContext,
  call: JudgedCall,
): Verdict {
  const unknown = write && (kind === "unknown" || resent);
  const refusal = unknown ? outcomeUnknown(vendor, reason, call) : unreachable(vendor, reason);
  // Whether sent again under the same key or answered from the books, a repeat of either does no harm.
  const retry = !unknown || vendor.idempotencyMemoryMs > 0;
  return {
    ok: true,
    state: unknown ? "unknown" : write ? "voided" : "none",
    stored: null,
    code: refusal.code,
    upstreamRequestId: null,
    objectId: null,
    object: null,
    unpaid: false,
    declined: false,
    replayedUpstream: false,
    answer: vendor.refusalAnswer(refusal, { callId: call.callId, retry }),
  };
}

function outcomeUnknown({ title, idempotencyMemoryMs }: Vendor, cause: string, call: JudgedCall): Refusal {
  const unknown = `${title} did not answer, so it is unknown whether this call took effect. Its amount stays reserved.`;
  const unsent = ` A repeat is not forwarded, because ${title} would carry it out twice: a person must look at its records.`;
  if (idempotencyMemoryMs === 0)
    return { code: "outcome_unknown", reason: unknown + unsent, detail: { cause } };
  const instruction = repetition(call);
  const refusal = { code: "outcome_unknown", reason: unknown, detail: { cause } } as const;
  return instruction === null ? refusal : { ...refusal, instruction };
}

/** What makes a repeat the same act, and so a safe one; null for the same Idempotency-Key, as the code's words say. */
function repetition({ claim, key }: JudgedCall): string | null {
  if (claim === null || (claim.by === "key" && claim.callerKey !== null)) return null;
  if (claim.by === "key") return "Sent again it is another call: look first at what became of this one.";
  const under =
    key.policy.dedupe === "act"
      ? "under any Idempotency-Key or none"
      : "without an Idempotency-Key of your own";
  return `Send the same request again, ${under}: it cannot take effect twice.`;
}

function unreachable({ title }: Vendor, cause: string): Refusal {
  const reason = `${title} could not be reached. Nothing took effect.`;
  return { code: "upstream_unreachable", reason, detail: { cause } };
}
