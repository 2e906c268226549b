import { PRUNE_ROWS_MAX } from "../limits.ts";
import { IS_PENDING, isEntry, oldApprovals, type Pruned, type PruneRequest } from "../retention.ts";
import type { SqliteDriver } from "./driver.ts";

/** Removes what is old, one step after the other, each inside a transaction that others wait for. */
export type Prune = (request: PruneRequest, latestAt: number) => Pruned;

interface PassedRow {
  readonly sequence: number;
  readonly bookedAt: number;
  readonly previous: number | null;
}

interface Goner {
  readonly previous: number | null;
  readonly labels: string | null;
}

/**
 * Rows are passed in their order. A row that need not be kept goes when the next one of its key is passed, which is then
 * chained to what was before it: so the chain of a key's rows (`previous_of_key`) is whole at any time, and the newest
 * row of each key stays.
 */
export function createPrune(driver: SqliteDriver): Prune {
  const selectPassed = driver.prepare<{ passed: number }>("SELECT passed FROM retention");
  const selectNext = driver.prepare<PassedRow>(
    `SELECT sequence, booked_at AS bookedAt, previous_of_key AS previous FROM calls
       WHERE sequence > ? ORDER BY sequence LIMIT ${PRUNE_ROWS_MAX}`,
  );
  const selectGoner = driver.prepare<Goner>(
    `SELECT previous_of_key AS previous, labels FROM calls
       WHERE sequence = ? AND NOT ${isEntry("calls.claim_live IS TRUE")}`,
  );
  const deleteAnswer = driver.prepare(
    `DELETE FROM answers WHERE call = ?
       AND EXISTS (SELECT 1 FROM calls WHERE calls.sequence = answers.call AND NOT ${IS_PENDING})`,
  );
  const deleteLabel = driver.prepare("DELETE FROM call_labels WHERE name = ? AND value = ? AND call = ?");
  const chain = driver.prepare("UPDATE calls SET previous_of_key = ? WHERE sequence = ?");
  const deleteCall = driver.prepare("DELETE FROM calls WHERE sequence = ?");
  const pass = driver.prepare("UPDATE retention SET passed = ?");
  const deleteApprovals = driver.prepare<{ sequence: number }>(
    `DELETE FROM approvals WHERE sequence IN (${oldApprovals("?")}) RETURNING sequence`,
  );

  function remove(sequence: number, { labels }: Goner): void {
    const named: Record<string, string> = labels === null ? {} : JSON.parse(labels);
    for (const [name, value] of Object.entries(named)) deleteLabel.run(name, value, sequence);
    deleteCall.run(sequence);
  }

  /** Whether the row before it is gone. */
  function passRow({ sequence, previous }: PassedRow): boolean {
    deleteAnswer.run(sequence);
    const goner = previous === null ? undefined : selectGoner.get(previous);
    if (previous === null || goner === undefined) return false;
    chain.run(goner.previous, sequence);
    remove(previous, goner);
    return true;
  }

  return ({ now, keepMs }, latestAt) => {
    const before = Math.min(now, latestAt) - keepMs;
    const rows = selectNext.all(selectPassed.get()?.passed ?? 0);
    const old = rows.filter(({ bookedAt }) => bookedAt < before);
    const removed = old.filter(passRow).length;
    const last = old.at(-1);
    if (last !== undefined) pass.run(last.sequence);
    const approvals = deleteApprovals.all(before).length;
    const isMore = old.length === PRUNE_ROWS_MAX || approvals === PRUNE_ROWS_MAX;
    return { removed: removed + approvals, isMore };
  };
}
