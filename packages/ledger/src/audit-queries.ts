/*
 * What `Store.audit` recomputes, in SQL that every store speaks. `at` stands for the place of a parameter: a time.
 */

/** Each call that costs, once for every book of its key. */
export const CHARGES = `charges AS (
  SELECT book_id, state, usd_micros AS micros, posted_at
    FROM calls JOIN vault_keys k ON k.id = vault_key_id JOIN vault_key_books ON vault_key = k.sequence
    WHERE state IN ('held', 'unknown', 'awaiting', 'posted') AND usd_micros > 0
)`;

const total = (state: string) =>
  `CAST(coalesce(sum(CASE WHEN state = '${state}' THEN usd_micros END), 0) AS BIGINT) AS "${state}Micros"`;

export const TOTALS = `SELECT count(*) AS calls,
  ${["held", "posted", "unknown", "awaiting"].map(total).join(", ")} FROM calls`;

export const HOLDS = `WITH ${CHARGES}, held AS (
  SELECT book_id, CAST(sum(micros) AS BIGINT) AS micros FROM charges WHERE state <> 'posted' GROUP BY book_id
) SELECT o.id AS "bookId", o.held_micros AS counted, coalesce(h.micros, 0) AS actual
  FROM books o LEFT JOIN held h ON h.book_id = o.id WHERE o.held_micros <> coalesce(h.micros, 0)`;

/** A lifetime has no postings: its counter is the sum of its posted calls. */
export const COUNTERS = `WITH ${CHARGES}, sums AS (
  SELECT book_id, CAST(sum(micros) AS BIGINT) AS micros, min(posted_at) AS oldest FROM postings GROUP BY book_id
  UNION ALL
  SELECT book_id, CAST(sum(micros) AS BIGINT), CAST(NULL AS BIGINT) FROM charges JOIN books o ON o.id = book_id
    JOIN budgets b ON b.id = o.budget_id WHERE state = 'posted' AND window_ms IS NULL GROUP BY book_id
) SELECT o.id AS "bookId", o.posted_micros AS counted, coalesce(s.micros, 0) AS actual
  FROM books o LEFT JOIN sums s ON s.book_id = o.id
  WHERE o.posted_micros <> coalesce(s.micros, 0) OR o.oldest_posted_at IS DISTINCT FROM s.oldest`;

/** A posting that has left the window may be gone; every other must be there, and every one must be true. */
export const postings = (at: string): string => `WITH ${CHARGES}, expected AS (
  SELECT book_id, posted_at, CAST(sum(micros) AS BIGINT) AS micros FROM charges WHERE state = 'posted'
    GROUP BY book_id, posted_at
), compared AS (
  SELECT coalesce(e.book_id, p.book_id) AS book_id, coalesce(e.posted_at, p.posted_at) AS posted_at,
    p.micros AS counted, e.micros AS actual
    FROM expected e FULL JOIN postings p ON p.book_id = e.book_id AND p.posted_at = e.posted_at
) SELECT o.id AS "bookId", posted_at AS "postedAt", coalesce(counted, 0) AS counted, coalesce(actual, 0) AS actual
  FROM compared JOIN books o ON o.id = book_id JOIN budgets b ON b.id = o.budget_id
  WHERE actual IS DISTINCT FROM counted AND (counted IS NOT NULL OR posted_at > ${at} - window_ms)`;

export const overruns = (at: string): string => `WITH inside AS (
  SELECT book_id, CAST(sum(micros) AS BIGINT) AS micros FROM postings JOIN books o ON o.id = book_id
    JOIN budgets b ON b.id = o.budget_id WHERE posted_at > ${at} - window_ms GROUP BY book_id
), used AS (
  SELECT o.id, o.held_micros + CASE WHEN b.window_ms IS NULL THEN o.posted_micros ELSE coalesce(i.micros, 0) END
      AS counted,
    CASE WHEN b.cap_micros < o.granted_cap_micros THEN o.granted_cap_micros ELSE b.cap_micros END AS actual
    FROM books o JOIN budgets b ON b.id = o.budget_id LEFT JOIN inside i ON i.book_id = o.id
) SELECT id AS "bookId", counted, actual FROM used WHERE counted > actual`;

/** The name of one book, by its id. */
export const bookName = (
  id: string,
): string => `SELECT b.name, o.simulate, (SELECT k.id FROM vault_key_books c JOIN vault_keys k ON k.sequence = vault_key
    WHERE c.book_id = o.id AND c.position = 0) AS "vaultKeyId"
  FROM books o JOIN budgets b ON b.id = o.budget_id WHERE o.id = ${id}`;
