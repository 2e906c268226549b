import type { Approval } from "../approvals.ts";
import type { LoadedState, Needs, Store } from "../store.ts";
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
import type { SqliteDriver, SqliteValue } from "./driver.ts";
import { read } from "./to-ledger-error.ts";

const SELECT = `SELECT ${APPROVAL_SELECT} FROM approvals`;
const BY_ID = `${SELECT} WHERE approval_id = ?`;

export function createApprovalLoader(driver: SqliteDriver): (state: LoadedState, needs: Needs) => void {
  const selectById = driver.prepare<StoredApproval>(BY_ID);
  const selectOfKey = driver.prepare<StoredApproval>(
    `${SELECT} WHERE vault_key_id = ? AND ${IS_LIVE} AND ends_at > ? ORDER BY sequence`,
  );
  return (state, needs) => {
    for (const id of needs.approvals) put(state, selectById.get(id));
    for (const id of needs.approvalsOf) {
      for (const row of selectOfKey.all(id, needs.at)) put(state, row);
    }
  };
}

function put(state: LoadedState, row: StoredApproval | undefined): void {
  if (row !== undefined) state.approvals.set(row.approvalId, toApproval(row));
}

export function createApprovalWriter(driver: SqliteDriver): (approval: Approval) => void {
  const upsert = driver.prepare(
    `INSERT INTO approvals (${APPROVAL_NAMES}) VALUES (${APPROVAL_COLUMNS.map(() => "?").join(", ")})
       ON CONFLICT (approval_id) DO UPDATE SET ${APPROVAL_UPDATE}`,
  );
  return (approval) => {
    upsert.run(...APPROVAL_COLUMNS.map(({ value }) => value(approval)));
  };
}

export function createApprovalReads(driver: SqliteDriver): Pick<Store, "getApproval" | "listApprovals"> {
  const selectById = driver.prepare<StoredApproval>(BY_ID);
  return {
    getApproval: (approvalId) =>
      read(() => {
        const row = selectById.get(approvalId);
        return row === undefined ? null : toApproval(row);
      }),
    listApprovals: ({ status, vaultKeyId }, { below, limit, at }) =>
      read(() => {
        const conditions = ["sequence < ?"];
        const values: SqliteValue[] = [below ?? Number.MAX_SAFE_INTEGER];
        if (vaultKeyId !== undefined) {
          conditions.push("vault_key_id = ?");
          values.push(vaultKeyId);
        }
        // A moment is a whole number, checked before it comes here.
        if (status !== undefined) conditions.push(isOfStatus(status, String(at)));
        const sql = `${SELECT} WHERE ${conditions.join(" AND ")} ORDER BY sequence DESC LIMIT ?`;
        return driver
          .prepare<StoredApproval>(sql)
          .all(...values, limit)
          .map(toApproval);
      }),
  };
}
