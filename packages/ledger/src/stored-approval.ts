import type { Approval, ApprovalStatus } from "./approvals.ts";

/*
 * Approvals in SQL that every store speaks. What was asked never changes, and is one text; what may change has columns.
 */

/** A row of `APPROVAL_SELECT`. */
export interface StoredApproval extends Omit<Approval, keyof Asked> {
  readonly asked: string;
}

type Asked = Pick<Approval, "facts" | "act" | "terms" | "movedMicros" | "cause" | "content" | "deniedMs">;

export const APPROVAL_SELECT = `approvals.approval_id AS "approvalId", approvals.sequence, approvals.state,
  approvals.asked_at AS "askedAt", approvals.ends_at AS "endsAt", approvals.decided_at AS "decidedAt",
  approvals.decided_by AS "decidedBy", approvals.decided_reason AS "decidedReason",
  approvals.used_by AS "usedBy", approvals.asked`;

/** What a call of a key may meet: neither used nor over. */
export const IS_LIVE = "approvals.state <> 'used'";

interface StoredColumn {
  readonly column: string;
  /** As Postgres calls it. */
  readonly type: "text" | "bigint";
  readonly changes: boolean;
  readonly value: (approval: Approval) => string | number | null;
}

export const APPROVAL_COLUMNS: readonly StoredColumn[] = [
  { column: "sequence", type: "bigint", changes: false, value: ({ sequence }) => sequence },
  { column: "approval_id", type: "text", changes: false, value: ({ approvalId }) => approvalId },
  { column: "vault_key_id", type: "text", changes: false, value: ({ facts }) => facts.vaultKeyId },
  { column: "asked_at", type: "bigint", changes: false, value: ({ askedAt }) => askedAt },
  { column: "asked", type: "text", changes: false, value: (approval) => JSON.stringify(askedOf(approval)) },
  { column: "state", type: "text", changes: true, value: ({ state }) => state },
  { column: "ends_at", type: "bigint", changes: true, value: ({ endsAt }) => endsAt },
  { column: "decided_at", type: "bigint", changes: true, value: ({ decidedAt }) => decidedAt },
  { column: "decided_by", type: "text", changes: true, value: ({ decidedBy }) => decidedBy },
  { column: "decided_reason", type: "text", changes: true, value: ({ decidedReason }) => decidedReason },
  { column: "used_by", type: "text", changes: true, value: ({ usedBy }) => usedBy },
];

export const APPROVAL_NAMES = APPROVAL_COLUMNS.map(({ column }) => column).join(", ");

/** For a row that is there already. */
export const APPROVAL_UPDATE = APPROVAL_COLUMNS.filter(({ changes }) => changes)
  .map(({ column }) => `${column} = excluded.${column}`)
  .join(", ");

function askedOf({ facts, act, terms, movedMicros, cause, content, deniedMs }: Approval): Asked {
  return { facts, act, terms, movedMicros, cause, content, deniedMs };
}

export function toApproval({ asked, ...row }: StoredApproval): Approval {
  return { ...row, ...(JSON.parse(asked) as Asked) };
}

/** The condition of a status at a moment, which `at` stands for (`approvalStatus`). */
export function isOfStatus(status: ApprovalStatus, at: string): string {
  const undecided = "(approvals.state = 'pending' OR approvals.state = 'approved')";
  if (status === "expired") return `${undecided} AND approvals.ends_at <= ${at}`;
  const isOpen = status === "pending" || status === "approved";
  return `approvals.state = '${status}'${isOpen ? ` AND approvals.ends_at > ${at}` : ""}`;
}
