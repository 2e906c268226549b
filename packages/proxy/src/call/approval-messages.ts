import { APPROVALS_PENDING_MAX, type AskedApproval } from "@keybrake/ledger";
import type { Refusal } from "../refusal.ts";
import { dollars, toUsd } from "../usd.ts";
import type { Priced } from "./call.ts";

/** A call that a person has not agreed to. */
export function approvalRefusal(
  call: Priced,
  code: "approval_denied" | "approval_required",
  approval: AskedApproval | null,
): Refusal {
  const { key, operation } = call;
  if (approval?.approvalId == null || approval.endsAt === null) {
    const reason = `${APPROVALS_PENDING_MAX} acts of the vault key '${key.name}' are with a person already, so nobody was asked about this one. Nothing was sent.`;
    return { code, reason };
  }
  const { approvalId, reason: why } = approval;
  const expiresAt = new Date(approval.endsAt).toISOString();
  const detail = {
    approval_id: approvalId,
    expires_at: expiresAt,
    requested_usd: toUsd(call.cost?.movedMicros ?? 0),
  };
  if (code === "approval_denied") {
    const words = why === null ? "" : ` They said: ${JSON.stringify(why)}.`;
    const reason = `A person has denied this ${operation.name} (approval ${approvalId}).${words} Nothing was sent.`;
    return { code, reason, detail };
  }
  const reason = `This ${operation.name} would move ${dollars(call.cost?.movedMicros ?? 0)}, and ${whyAsked(call, approval)}. It is with a person until ${expiresAt} (approval ${approvalId}). Nothing was sent.`;
  return { code, reason, detail };
}

function whyAsked({ key }: Priced, { cause }: AskedApproval): string {
  const { approval } = key.policy;
  const whose = `the vault key '${key.name}'`;
  if (cause === "budget")
    return `${whose} needs a person's yes once a budget is used by more than ${approval?.ask_at} %`;
  return `${whose} needs a person's yes above ${dollars(approval?.above_micros ?? 0)}`;
}
