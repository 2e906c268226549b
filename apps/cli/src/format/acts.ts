import type { AuditRow } from "@keybrake/core";
import { groupBy } from "./group-by.ts";

/** One thing that was asked for, with everything that was asked about it: retries, repeats, refusals of the same. */
export interface AskedAct {
  /** The call that did it; of what was never done, the first that asked. */
  readonly row: AuditRow;
  /** All of its calls, oldest first. */
  readonly rows: readonly AuditRow[];
  /** How often it was asked for; rows that stand for several calls count for all of them. */
  readonly times: number;
}

/** What is equal when two rows are of one act: its claim's key; of what has none, everything that was asked. */
function identityOf(row: AuditRow): string {
  const { vault_key_id, operation, method, path, idempotency_key, code, amount_minor, currency } = row;
  return idempotency_key === null
    ? JSON.stringify([vault_key_id, method, path, code, amount_minor, currency])
    : JSON.stringify([vault_key_id, operation, idempotency_key]);
}

/** The acts of rows that come oldest first, in the order in which they were first asked for. */
export function foldActs(rows: readonly AuditRow[]): AskedAct[] {
  return [...groupBy(rows, identityOf).values()].flatMap((ofAct) => {
    const row = ofAct.find(({ decision }) => decision === "allowed") ?? ofAct[0];
    if (row === undefined) return [];
    return [{ row, rows: ofAct, times: ofAct.reduce((sum, { times }) => sum + times, 0) }];
  });
}
