import type { AuditRow } from "../admin/audit-types.ts";

/** One thing that was asked for, with everything that was asked about it: retries, repeats, refusals of the same. */
export interface AskedAct {
  /** The call that did it; of what was never done, the first that asked. */
  readonly row: AuditRow;
  /** All of its calls, oldest first. */
  readonly rows: readonly AuditRow[];
  /** How often it was asked for; rows that stand for several calls count for all of them. */
  readonly times: number;
  /** What later tries of it were refused with, where that is not `row`'s own code; each once. */
  readonly laterCodes: readonly string[];
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
  // `Map.groupBy` needs a newer Node than this package.
  const byIdentity = new Map<string, AuditRow[]>();
  for (const row of rows) {
    const identity = identityOf(row);
    const known = byIdentity.get(identity);
    if (known === undefined) byIdentity.set(identity, [row]);
    else known.push(row);
  }
  return [...byIdentity.values()].flatMap((ofAct) => {
    const row = ofAct.find(({ decision }) => decision === "allowed") ?? ofAct[0];
    if (row === undefined) return [];
    const times = ofAct.reduce((sum, { times }) => sum + times, 0);
    return [{ row, rows: ofAct, times, laterCodes: laterCodesOf(ofAct, row) }];
  });
}

function laterCodesOf(rows: readonly AuditRow[], { code: own }: AuditRow): string[] {
  const refused = rows.filter(({ decision }) => decision === "denied").map(({ code }) => code);
  return [...new Set(refused)].filter((code) => code !== null && code !== own) as string[];
}
