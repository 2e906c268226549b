import type {
  Approval,
  ApprovalAnswer,
  ApprovalAnswered,
  ApprovalCause,
  ApprovalRequest,
} from "./approvals.ts";
import { type NeedsDraft, needKey } from "./needs.ts";
import { type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import type { CallFacts } from "./types.ts";

/** What is asked of a person from now on. */
export function newApproval(
  { approvalId, act, terms, movedMicros, expiresInMs, deniedMs, content }: ApprovalRequest,
  made: {
    readonly facts: CallFacts;
    readonly sequence: number;
    readonly cause: ApprovalCause;
    readonly at: number;
  },
): Approval {
  const { facts, sequence, cause, at: askedAt } = made;
  return {
    ...{ approvalId, sequence, facts, act, terms, movedMicros, cause, content },
    ...{ askedAt, endsAt: askedAt + expiresInMs, deniedMs, state: "pending" },
    ...{ decidedAt: null, decidedBy: null, decidedReason: null, usedBy: null },
  };
}

/** Nobody can use them, or answer them, any more. */
export function ended(approvals: readonly Approval[], now: number): Approval[] {
  return approvals.map((approval) => ({ ...approval, endsAt: Math.min(approval.endsAt, now) }));
}

export function approvalNeeds(
  needs: NeedsDraft,
  { approvalId, vaultKeyId }: { readonly approvalId: string; readonly vaultKeyId: string },
): void {
  needs.approvals.add(approvalId);
  needKey(needs, vaultKeyId, false);
}

/** `Ledger.answerApproval`: the first answer stands. Pure. */
export function planApprovalAnswer(state: PlanState, answer: ApprovalAnswer): Plan<ApprovalAnswered> {
  const { approvalId, decision, by, reason, deadlineTime } = answer;
  const approval = state.approvals.get(approvalId);
  const key = approval === undefined ? undefined : state.keys.get(approval.facts.vaultKeyId);
  if (approval === undefined || key === undefined)
    return { result: { kind: "not_found" }, changes: UNCHANGED };
  const isSame = approval.state === decision || (approval.state === "used" && decision === "approved");
  if (isSame) return { result: { kind: "decided", approval }, changes: UNCHANGED };
  if (approval.state !== "pending")
    return { result: { kind: "decided_before", approval }, changes: UNCHANGED };
  const now = Math.max(state.now, deadlineTime);
  // A key that is paused may be resumed, and finds what was approved.
  if (now >= approval.endsAt || key.revokedAt !== null || now >= key.expiresAt)
    return { result: { kind: "ended", approval }, changes: UNCHANGED };
  const decided: Approval = {
    ...approval,
    state: decision,
    endsAt: decision === "denied" ? now + approval.deniedMs : approval.endsAt,
    decidedAt: now,
    decidedBy: by,
    decidedReason: reason,
  };
  return { result: { kind: "decided", approval: decided }, changes: { approvals: [decided] } };
}
