import { appendFinished } from "./append-row.ts";
import { type NeedsDraft, needNewCall, needTime } from "./needs.ts";
import { keyOf, type Plan, type PlanState } from "./plan.ts";
import type { RecordRequest } from "./requests.ts";

export function recordNeeds(needs: NeedsDraft, { facts }: RecordRequest): void {
  needTime(needs, facts.at);
  needNewCall(needs, facts, false);
}

/** `Ledger.record`: a row that is final at once. Pure. */
export function planRecord(state: PlanState, request: RecordRequest): Plan<void> {
  const key = keyOf(state, request.facts);
  const calls = request.decision === "allowed" ? key.calls + 1 : key.calls;
  return { result: undefined, changes: appendFinished(state, { ...key, calls }, request) };
}
