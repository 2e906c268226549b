import type { CallDecision, CallFacts, RecordRequest } from "@keybrake/ledger";
import type { Verdict } from "../vendors/vendor.ts";
import type { CallDependencies } from "./call.ts";

/** What was found out, and is answered. */
export type Finding = Pick<Verdict, "code" | "answer" | "upstreamRequestId" | "objectId">;

/** Writes the row of a call that holds nothing. Resolves when it is durable: only then may the answer leave. */
export function record(
  deps: CallDependencies,
  facts: CallFacts,
  decision: CallDecision,
  finding: Finding,
): Promise<void> {
  return deps.ledger.record(rowOf(deps, facts, decision, finding));
}

/** The row of a call that holds nothing. */
export function rowOf(
  { environment }: CallDependencies,
  facts: CallFacts,
  decision: CallDecision,
  { code, answer, upstreamRequestId, objectId }: Finding,
): RecordRequest {
  const latencyMs = Math.max(0, environment.clock() - facts.at);
  return { facts, decision, code, status: answer.status, upstreamRequestId, objectId, latencyMs };
}
