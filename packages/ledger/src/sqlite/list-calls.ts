import type { CallFilter } from "../requests.ts";
import type { ListedCall, SequencePage } from "../store.ts";
import { CALL_SELECT } from "../stored-call.ts";
import { type SqliteCallRow, toCall } from "./call-rows.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver, SqliteStatement, SqliteValue } from "./driver.ts";

type ListedRow = SqliteCallRow & { readonly sequence: number };

/**
 * The filters that compare one column, and what else must be said for its index to be seen as fitting. In the
 * order in which an index leads: the first that is given, the rest only narrow what it finds.
 */
const FILTERS = [
  { field: "idempotencyKey", column: "idempotency_key" },
  { field: "objectId", column: "object_id" },
  { field: "conversationId", column: "conversation_id" },
  { field: "runId", column: "run_id" },
  { field: "code", column: "code" },
  { field: "turn", column: "turn" },
  { field: "decision", column: "decision", common: "allowed" },
  { field: "state", column: "state", common: "none" },
  { field: "customer", column: "customer" },
  { field: "agent", column: "agent" },
  { field: "operation", column: "operation" },
  { field: "vaultKeyId", column: "vault_key_id" },
] as const satisfies readonly { field: keyof CallFilter; column: string; common?: string }[];

/** Rows of one of these are fewer than those of their key. */
const NARROWER_THAN_KEY = ["idempotencyKey", "objectId", "conversationId", "runId"] as const;

/** Most combinations of filters that are kept prepared: there are thousands, and few are asked for twice. */
const STATEMENTS_MAX = 100;

/** What a list reads, in its order: newest first. */
interface Source {
  readonly from: string;
  readonly start: readonly SqliteValue[];
  /** The sequence, as the source has it. */
  readonly sequence: string;
  readonly order: string;
  /** Whether the index of a filter leads; if not, filters only narrow what the source finds. */
  readonly isLedByFilter: boolean;
}

/** Walks the chain of one key's rows, newest first (the queue of a recursive query is first in, first out). */
const BY_KEY = `(
  WITH RECURSIVE chain (link) AS (
    SELECT ? UNION ALL
    SELECT previous_of_key FROM chain CROSS JOIN calls ON sequence = link WHERE previous_of_key IS NOT NULL
  ) SELECT link FROM chain
) CROSS JOIN calls ON sequence = link WHERE true`;
const BY_LABEL = "call_labels l CROSS JOIN calls ON sequence = l.call WHERE l.name = ? AND l.value = ?";

/**
 * `Store.listCalls`: newest first in the order of booking, which no clock can change. Times filter by
 * `at`; they are turned into bounds of the sequence first, so that no page reads what it cannot hold.
 */
export function createCallList(
  driver: SqliteDriver,
  clock: () => LedgerClock,
): (filter: CallFilter, page: SequencePage) => ListedCall[] {
  const statements = new Map<string, SqliteStatement<ListedRow>>();
  const firstBookedFrom = createBookingSearch(driver, clock);
  const newestOfKey = createChainSearch(driver);

  function statement(sql: string): SqliteStatement<ListedRow> {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const oldest = statements.keys().next();
    if (statements.size >= STATEMENTS_MAX && !oldest.done) statements.delete(oldest.value);
    const made = driver.prepare<ListedRow>(sql);
    statements.set(sql, made);
    return made;
  }

  return (filter, { below: cursor, limit }) => {
    // A row is booked at its `at` or, by at most the clock's lag, later.
    const lowest = filter.from === undefined ? 1 : firstBookedFrom(filter.from);
    const newest =
      filter.to === undefined ? clock().lastSequence + 1 : firstBookedFrom(filter.to + clock().lagMaxMs);
    const below = Math.min(newest, cursor ?? newest);
    const source = sourceOf(filter, (vaultKeyId) => newestOfKey(vaultKeyId, cursor));
    if (source === null) return [];
    const { conditions, values } = toConditions(filter, source);
    const sql = `SELECT calls.sequence, ${CALL_SELECT} FROM ${source.from}
      ${conditions.map((condition) => `AND ${condition}`).join(" ")} ${source.order} LIMIT ?`;
    const rows = statement(sql).all(...source.start, ...values, below, lowest, limit);
    return rows.map((row) => ({ sequence: row.sequence, call: toCall(row) }));
  };
}

/** Where the list reads from; null when there is nothing to read. */
function sourceOf(filter: CallFilter, newestOfKey: (vaultKeyId: string) => number | null): Source | null {
  const isNarrow = NARROWER_THAN_KEY.some((field) => filter[field] !== undefined);
  if (filter.vaultKeyId !== undefined && !isNarrow) {
    const start = newestOfKey(filter.vaultKeyId);
    const chain = { from: BY_KEY, sequence: "sequence", order: "", isLedByFilter: false };
    return start === null ? null : { ...chain, start: [start] };
  }
  const [label] = Object.entries(filter.labels ?? {});
  if (label !== undefined && !isNarrow) {
    const order = "ORDER BY l.call DESC";
    return { from: BY_LABEL, start: label, sequence: "l.call", order, isLedByFilter: false };
  }
  const order = "ORDER BY sequence DESC";
  return { from: "calls WHERE true", start: [], sequence: "sequence", order, isLedByFilter: true };
}

function toConditions(filter: CallFilter, source: Source): { conditions: string[]; values: SqliteValue[] } {
  const conditions: string[] = [];
  const values: SqliteValue[] = [];
  let leads = source.isLedByFilter;
  for (const { field, column, ...rest } of FILTERS) {
    const value = filter[field];
    if (value === undefined) continue;
    const isIndexed = !("common" in rest) || value !== rest.common;
    // A plus sign keeps SQLite from using the column's index.
    conditions.push(`${leads && isIndexed ? "" : "+"}${column} = ?`);
    values.push(value);
    // Said literally, or SQLite does not see that an index of all others than the common value will do.
    if (leads && isIndexed && "common" in rest) conditions.push(`${column} <> '${rest.common}'`);
    if (isIndexed) leads = false;
  }
  for (const label of Object.entries(filter.labels ?? {})) {
    conditions.push("EXISTS (SELECT 1 FROM call_labels WHERE name = ? AND value = ? AND call = sequence)");
    values.push(...label);
  }
  conditions.push("at >= ?", "at < ?", `${source.sequence} < ?`, `${source.sequence} >= ?`);
  values.push(filter.from ?? 0, filter.to ?? Number.MAX_SAFE_INTEGER);
  return { conditions, values };
}

/**
 * Finds the first row booked at or after a time. Booking times never decrease with the sequence, so a binary
 * search over the primary key does it, and no index has to be kept.
 */
function createBookingSearch(driver: SqliteDriver, clock: () => LedgerClock): (time: number) => number {
  const select = driver.prepare<{ sequence: number; bookedAt: number }>(
    // Rows that were not kept leave gaps.
    "SELECT sequence, booked_at AS bookedAt FROM calls WHERE sequence >= ? ORDER BY sequence LIMIT 1",
  );
  return (time) => {
    let low = 1;
    let high = clock().lastSequence + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = select.get(middle);
      if (row !== undefined && row.bookedAt < time) low = row.sequence + 1;
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
