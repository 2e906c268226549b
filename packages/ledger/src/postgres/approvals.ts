import type { Approval } from "../approvals.ts";
import type { Changes, Needs, Store } from "../store.ts";
import {
  APPROVAL_COLUMNS,
  APPROVAL_NAMES,
  APPROVAL_SELECT,
  APPROVAL_UPDATE,
  IS_LIVE,
  isOfStatus,
  type StoredApproval,
  toApproval,
} from "../stored-approval.ts";
import { type Statement, toJson } from "./connect.ts";
import type { Part } from "./loading.ts";
import type { Reader } from "./reader.ts";

const SELECT = `SELECT ${APPROVAL_SELECT} FROM approvals`;

const ASKED = `${SELECT} WHERE approval_id IN (SELECT json_array_elements_text($1::text::json))
  OR (vault_key_id IN (SELECT json_array_elements_text($2::text::json)) AND ${IS_LIVE} AND ends_at > $3::bigint)
  ORDER BY sequence`;

export function approvalsAsked({ approvals, approvalsOf, at }: Needs): Part {
  return {
    isNeeded: approvals.size > 0 || approvalsOf.size > 0,
    statement: () => ({ sql: ASKED, values: [toJson([...approvals]), toJson([...approvalsOf]), at] }),
    read: (rows, { state }) => {
      for (const row of rows as unknown as StoredApproval[])
        state.approvals.set(row.approvalId, toApproval(row));
    },
  };
}

const WRITE = `INSERT INTO approvals (${APPROVAL_NAMES})
  SELECT ${APPROVAL_NAMES} FROM json_to_recordset($1::text::json)
    AS r(${APPROVAL_COLUMNS.map(({ column, type }) => `${column} ${type}`).join(", ")})
  ON CONFLICT (approval_id) DO UPDATE SET ${APPROVAL_UPDATE}`;

export function writtenApprovals({ approvals }: Changes): Statement[] {
  if (approvals.size === 0) return [];
  return [{ sql: WRITE, values: [toJson([...approvals.values()].map(columnsOf))] }];
}

function columnsOf(approval: Approval): Record<string, string | number | null> {
  return Object.fromEntries(APPROVAL_COLUMNS.map(({ column, value }) => [column, value(approval)]));
}

export function createApprovalReads(reader: Reader): Pick<Store, "getApproval" | "listApprovals"> {
  return {
    getApproval: async (approvalId) => {
      const sql = `${SELECT} WHERE approval_id = $1::text`;
      const [row] = await reader.rows<StoredApproval>({ sql, values: [approvalId] });
      return row === undefined ? null : toApproval(row);
    },
    listApprovals: async ({ status, vaultKeyId }, { below, limit, at }) => {
      const isAsked = status === undefined ? "" : `AND ${isOfStatus(status, "$3::bigint")}`;
      const sql = `${SELECT} WHERE sequence < $1::bigint AND ($2::text IS NULL OR vault_key_id = $2::text)
        AND $3::bigint >= 0 ${isAsked} ORDER BY sequence DESC LIMIT $4::bigint`;
      const values = [below ?? Number.MAX_SAFE_INTEGER, vaultKeyId ?? null, at, limit];
      return (await reader.rows<StoredApproval>({ sql, values })).map(toApproval);
    },
  };
}
