import type { CallDecision, CallFacts } from "@keybrake/ledger";
import type { Verdict } from "../vendors/vendor.ts";
import type { CallDependencies } from "./call.ts";

/** What was found out, and is answered. */
export type Finding = Pick<Verdict, "code" | "answer" | "upstreamRequestId" | "objectId">;

/** Writes the row of a call that holds nothing. Resolves when it is durable: only then may the answer leave. */
export function record(
  { ledger, environment }: CallDependencies,
  facts: CallFacts,
  decision: CallDecision,
  { code, answer, upstreamRequestId, objectId }: Finding,
): Promise<void> {
  const latencyMs = Math.max(0, environment.clock() - facts.at);
  return ledger.record({
    facts,
    decision,
    code,
    status: answer.status,
    upstreamRequestId,
    objectId,
    latencyMs,
  });
}
