import type { ApprovalAnswer, ApprovalRequest } from "./approvals.ts";
import {
  check,
  checkCount,
  checkCountOrNull,
  checkIdentity,
  checkText,
  checkTextOrNull,
} from "./validate.ts";

/* As `validate.ts`, for what people are asked. */

export function checkApprovalRequest(approval: ApprovalRequest): void {
  checkIdentity(approval.approvalId, "approval.approvalId");
  checkIdentity(approval.act, "approval.act");
  checkIdentity(approval.terms, "approval.terms");
  checkCount(approval.movedMicros, "approval.movedMicros");
  checkCountOrNull(approval.askAtPercent, "approval.askAtPercent");
  checkCount(approval.expiresInMs, "approval.expiresInMs");
  checkCount(approval.deniedMs, "approval.deniedMs");
  checkText(approval.content, "approval.content");
}

export function checkApprovalAnswer({
  approvalId,
  decision,
  by,
  reason,
  deadlineTime,
}: ApprovalAnswer): void {
  checkIdentity(approvalId, "approvalId");
  check(decision === "approved" || decision === "denied", "decision is not one");
  checkIdentity(by, "by");
  checkTextOrNull(reason, "reason");
  checkCount(deadlineTime, "deadlineTime");
}
