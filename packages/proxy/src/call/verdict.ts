import type { Refusal } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import type { Vendor, Verdict, VerdictContext } from "../vendors/vendor.ts";

/** What an upstream result means: the vendor reads its own answers, and what is none of them is lost. */
export function verdictOf(
  vendor: Vendor,
  result: UpstreamResult,
  context: VerdictContext,
  callId: string,
): Verdict {
  if (result.kind !== "answer") return lost(vendor, result.kind, result.reason, context, callId);
  const verdict = vendor.interpret(result, context);
  return verdict.ok ? verdict : lost(vendor, "unknown", verdict.reason, context, callId);
}

/** Only what was certainly not sent, now or before, is certain not to have taken effect. */
function lost(
  vendor: Vendor,
  kind: "unknown" | "not_sent",
  reason: string,
  { write, resent }: VerdictContext,
  callId: string,
): Verdict {
  const unknown = write && (kind === "unknown" || resent);
  const refusal = unknown ? outcomeUnknown(vendor, reason) : unreachable(vendor, reason);
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
    replayedUpstream: false,
    answer: vendor.refusalAnswer(refusal, { callId, retry }),
  };
}

function outcomeUnknown({ title, idempotencyMemoryMs }: Vendor, cause: string): Refusal {
  const unknown = `${title} did not answer, so it is unknown whether this call took effect. Its amount stays reserved.`;
  const unsent = ` A repeat is not forwarded, because ${title} would carry it out twice: a person must look at its records.`;
  return {
    code: "outcome_unknown",
    reason: idempotencyMemoryMs > 0 ? unknown : unknown + unsent,
    detail: { cause },
  };
}

function unreachable({ title }: Vendor, cause: string): Refusal {
  const reason = `${title} could not be reached. Nothing took effect.`;
  return { code: "upstream_unreachable", reason, detail: { cause } };
}
