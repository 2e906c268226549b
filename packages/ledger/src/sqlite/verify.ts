import type { BookName, Difference, StoreAudit } from "../store.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";

/** Each call that costs, once for every book of its key. */
export const CHARGES = `charges AS (
  SELECT book_id, state, usd_micros AS micros, posted_at
    FROM calls JOIN vault_keys k ON k.id = vault_key_id JOIN vault_key_books ON vault_key = k.sequence
    WHERE state IN ('held', 'unknown', 'awaiting', 'posted') AND usd_micros > 0
)`;

const TOTALS = `SELECT count(*) AS calls,
  coalesce(sum(CASE WHEN state = 'held' THEN usd_micros END), 0) AS heldMicros,
  coalesce(sum(CASE WHEN state = 'posted' THEN usd_micros END), 0) AS postedMicros,
  coalesce(sum(CASE WHEN state = 'unknown' THEN usd_micros END), 0) AS unknownMicros,
  coalesce(sum(CASE WHEN state = 'awaiting' THEN usd_micros END), 0) AS awaitingMicros FROM calls`;

const HOLDS = `WITH ${CHARGES}, held AS (
  SELECT book_id, sum(micros) AS micros FROM charges WHERE state <> 'posted' GROUP BY book_id
) SELECT o.id AS bookId, o.held_micros AS counted, coalesce(h.micros, 0) AS actual
  FROM books o LEFT JOIN held h ON h.book_id = o.id WHERE counted <> actual`;

/** A lifetime has no postings: its counter is the sum of its posted calls. */
const COUNTERS = `WITH ${CHARGES}, sums AS (
  SELECT book_id, sum(micros) AS micros, min(posted_at) AS oldest FROM postings GROUP BY book_id
  UNION ALL
  SELECT book_id, sum(micros), NULL FROM charges JOIN books o ON o.id = book_id
    JOIN budgets b ON b.id = o.budget_id WHERE state = 'posted' AND window_ms IS NULL GROUP BY book_id
) SELECT o.id AS bookId, o.posted_micros AS counted, coalesce(s.micros, 0) AS actual
  FROM books o LEFT JOIN sums s ON s.book_id = o.id
  WHERE counted <> actual OR o.oldest_posted_at IS NOT s.oldest`;

/** A posting that has left the window may be gone; every other must be there, and every one must be true. */
const POSTINGS = `WITH ${CHARGES}, expected AS (
  SELECT book_id, posted_at, sum(micros) AS micros FROM charges WHERE state = 'posted'
    GROUP BY book_id, posted_at
), compared AS (
  SELECT coalesce(e.book_id, p.book_id) AS book_id, coalesce(e.posted_at, p.posted_at) AS posted_at,
    p.micros AS counted, e.micros AS actual
    FROM expected e FULL JOIN postings p ON p.book_id = e.book_id AND p.posted_at = e.posted_at
) SELECT o.id AS bookId, posted_at AS postedAt, coalesce(counted, 0) AS counted, coalesce(actual, 0) AS actual
  FROM compared JOIN books o ON o.id = book_id JOIN budgets b ON b.id = o.budget_id
  WHERE actual IS NOT counted AND (counted IS NOT NULL OR posted_at > ? - window_ms)`;

const OVERRUNS = `WITH inside AS (
  SELECT book_id, sum(micros) AS micros FROM postings JOIN books o ON o.id = book_id
    JOIN budgets b ON b.id = o.budget_id WHERE posted_at > ? - window_ms GROUP BY book_id
) SELECT o.id AS bookId,
    o.held_micros + CASE WHEN b.window_ms IS NULL THEN o.posted_micros ELSE coalesce(i.micros, 0) END AS counted,
    max(b.cap_micros, o.granted_cap_micros) AS actual
  FROM books o JOIN budgets b ON b.id = o.budget_id LEFT JOIN inside i ON i.book_id = o.id
  WHERE counted > actual`;

interface Row {
  readonly bookId: number;
  readonly counted: number;
  readonly actual: number;
}

/** `Store.audit`: recomputes every counter from the calls. `at` is ledger time or later. */
export function audit(driver: SqliteDriver, clock: LedgerClock, at: number): StoreAudit {
  const nameOf = createBookNames(driver);
  const named = <R extends Row>({ bookId, ...row }: R): Omit<R, "bookId"> & Difference => ({
    ...row,
    book: nameOf(bookId),
  });
  const totals = driver
    .prepare<Pick<StoreAudit, "calls" | "heldMicros" | "postedMicros" | "unknownMicros" | "awaitingMicros">>(
      TOTALS,
    )
    .get();
  return {
    calls: 0,
    heldMicros: 0,
    postedMicros: 0,
    unknownMicros: 0,
    awaitingMicros: 0,
    ...totals,
    holds: driver.prepare<Row>(HOLDS).all().map(named),
    counters: driver.prepare<Row>(COUNTERS).all().map(named),
    // What has left by ledger time may be gone; a later moment has deleted nothing yet.
    postings: driver.prepare<Row & { postedAt: number }>(POSTINGS).all(clock.latestAt).map(named),
    overruns: driver.prepare<Row>(OVERRUNS).all(at).map(named),
  };
}

function createBookNames(driver: SqliteDriver): (id: number) => BookName {
  const select = driver.prepare<{ name: string | null; vaultKeyId: string | null; simulate: number }>(
    `SELECT b.name, o.simulate, (SELECT k.id FROM vault_key_books c JOIN vault_keys k ON k.sequence = vault_key
         WHERE c.book_id = o.id AND c.position = 0) AS vaultKeyId
       FROM books o JOIN budgets b ON b.id = o.budget_id WHERE o.id = ?`,
  );
  return (id) => {
    const row = select.get(id);
    return {
      name: row?.name ?? null,
      vaultKeyId: row?.vaultKeyId ?? null,
      simulate: row?.simulate === 1,
    };
  };
}
