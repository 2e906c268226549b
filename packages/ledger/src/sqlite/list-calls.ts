import { decodeSequenceCursor, encodeCursor } from "../cursor.ts";
import type { Call, CallFilter, Page, PageRequest } from "../types.ts";
import { CALL_COLUMNS, toCall } from "./call-statements.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver, SqliteStatement, SqliteValue } from "./driver.ts";

interface ListedCall extends Call {
  readonly sequence: number;
}

const FILTER_COLUMNS = {
  runId: "run_id",
  vaultKeyId: "vault_key_id",
  agent: "agent",
  operation: "operation",
  decision: "decision",
  code: "code",
} as const;

/** Either source begins with one number: below which sequence, or at which link, the list starts. */
const BY_SEQUENCE = "calls WHERE sequence < ?";
/** Walks the chain of one key's rows, newest first (the queue of a recursive query is first in, first out). */
const BY_KEY = `(
  WITH RECURSIVE chain (link) AS (
    SELECT ? UNION ALL
    SELECT previous_of_key FROM chain CROSS JOIN calls ON sequence = link WHERE previous_of_key IS NOT NULL
  ) SELECT link FROM chain
) CROSS JOIN calls ON sequence = link WHERE true`;

/**
 * `Ledger.listCalls`: newest first in the order of booking, which no clock can change. Times filter by
 * `at`; they are turned into bounds of the sequence first, so that no page reads what it cannot hold.
 */
export function createCallList(
  driver: SqliteDriver,
  clock: () => LedgerClock,
): (filter: CallFilter, page: PageRequest) => Page<Call> {
  // One statement per combination of filters: a few dozen.
  const statements = new Map<string, SqliteStatement<ListedCall>>();
  const firstBookedFrom = createBookingSearch(driver, clock);
  const newestOfKey = createChainSearch(driver);

  function statement(
    source: string,
    conditions: readonly string[],
    order: string,
  ): SqliteStatement<ListedCall> {
    const sql = `SELECT sequence, ${CALL_COLUMNS} FROM ${source}
      ${conditions.map((condition) => `AND ${condition}`).join(" ")} ${order} LIMIT ?`;
    const made = statements.get(sql) ?? driver.prepare<ListedCall>(sql);
    statements.set(sql, made);
    return made;
  }

  return (filter, page) => {
    const { conditions, values } = toConditions(filter);
    // A row is booked at its `at` or, by at most the clock's lag, later.
    const lowest = filter.from === undefined ? 1 : firstBookedFrom(filter.from);
    const newest =
      filter.to === undefined ? clock().lastSequence + 1 : firstBookedFrom(filter.to + clock().lagMaxMs);
    const cursor = page.cursor === undefined ? newest : decodeSequenceCursor("calls", page.cursor);
    const below = Math.min(newest, cursor);
    // A run's rows are fewer than its key's, and have an index.
    const byKey = filter.vaultKeyId !== undefined && filter.runId === undefined;
    const start = byKey ? newestOfKey(filter.vaultKeyId, page.cursor === undefined ? null : cursor) : below;
    if (start === null) return { data: [], nextCursor: null };
    const rows = byKey
      ? statement(BY_KEY, [...conditions, "sequence < ?", "sequence >= ?"], "").all(
          start,
          ...values,
          below,
          lowest,
          page.limit + 1,
        )
      : statement(BY_SEQUENCE, [...conditions, "sequence >= ?"], "ORDER BY sequence DESC").all(
          below,
          ...values,
          lowest,
          page.limit + 1,
        );
    const shown = rows.slice(0, page.limit);
    const last = rows.length > page.limit ? shown.at(-1) : undefined;
    return {
      data: shown.map(({ sequence: _sequence, ...call }) => toCall(call)),
      nextCursor: last === undefined ? null : encodeCursor("calls", last.sequence),
    };
  };
}

function toConditions(filter: CallFilter): { conditions: string[]; values: SqliteValue[] } {
  const conditions: string[] = [];
  const values: SqliteValue[] = [];
  for (const [name, column] of Object.entries(FILTER_COLUMNS)) {
    const value = filter[name as keyof typeof FILTER_COLUMNS];
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(value);
  }
  // Said literally, or SQLite does not see that the index of all others than `allowed` will do.
  if (filter.decision !== undefined && filter.decision !== "allowed")
    conditions.push("decision <> 'allowed'");
  conditions.push("at >= ?", "at < ?");
  values.push(filter.from ?? 0, filter.to ?? Number.MAX_SAFE_INTEGER);
  return { conditions, values };
}

/**
 * Finds the first row booked at or after a time. Booking times never decrease with the sequence, so a binary
 * search over the primary key does it, and no index has to be kept.
 */
function createBookingSearch(driver: SqliteDriver, clock: () => LedgerClock): (time: number) => number {
  const select = driver.prepare<{ bookedAt: number }>(
    "SELECT booked_at AS bookedAt FROM calls WHERE sequence = ?",
  );
  return (time) => {
    let low = 1;
    let high = clock().lastSequence + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = select.get(middle);
      if (row !== undefined && row.bookedAt < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Where the chain of a key starts: at its newest row or, on a later page, behind the cursor's. */
function createChainSearch(
  driver: SqliteDriver,
): (vaultKeyId: string, cursor: number | null) => number | null {
  const selectNewest = driver.prepare<{ start: number | null }>(
    `SELECT newest_call AS start FROM vault_key_counters
       JOIN vault_keys ON sequence = vault_key WHERE id = ?`,
  );
  const selectPrevious = driver.prepare<{ start: number | null }>(
    "SELECT previous_of_key AS start FROM calls WHERE sequence = ? AND vault_key_id = ?",
  );
  return (vaultKeyId, cursor) => {
    const behind = cursor === null ? undefined : selectPrevious.get(cursor, vaultKeyId);
    // A cursor of another filter: its row is not in this chain, so the chain is walked from its start.
    return (behind ?? selectNewest.get(vaultKeyId))?.start ?? null;
  };
}
