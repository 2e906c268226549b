import type { LoadedBook } from "../rows.ts";
import type { LoadedState } from "../store.ts";
import type { NewBudget } from "../types.ts";
import type { Statement } from "./connect.ts";
import { WANTED_KEYS } from "./load-keys.ts";

/** A book as it is read: what has left its window is told apart, or null when nothing can have. */
export interface StoredBook extends Omit<LoadedBook, "expired"> {
  readonly expiredMicros: number | null;
  readonly oldestLeft: number | null;
}

export function toBook({ expiredMicros, oldestLeft, ...book }: StoredBook): LoadedBook {
  return {
    ...book,
    expired: expiredMicros === null ? null : { micros: expiredMicros, oldestPostedAt: oldestLeft },
  };
}

/** Whether something has left the window of book `o` of budget `b` by `m.at`. */
const HAS_EXPIRED = "o.oldest_posted_at <= m.at - b.window_ms";

/** The columns of a `StoredBook`. */
export const BOOK = `o.id, b.name, b.cap_micros AS "capMicros", b.window_ms AS "windowMs",
  o.held_micros AS "heldMicros", o.posted_micros AS "postedMicros", o.oldest_posted_at AS "oldestPostedAt",
  o.granted_cap_micros AS "grantedCapMicros",
  CASE WHEN ${HAS_EXPIRED} THEN (SELECT coalesce(sum(t.micros), 0)::bigint FROM postings t
    WHERE t.book_id = o.id AND t.posted_at <= m.at - b.window_ms) END AS "expiredMicros",
  CASE WHEN ${HAS_EXPIRED} THEN (SELECT min(t.posted_at) FROM postings t
    WHERE t.book_id = o.id AND t.posted_at > m.at - b.window_ms) END AS "oldestLeft"`;

/** For which moment books are read: a given one or, if that is later, ledger time. */
export const moment = (at: string): string =>
  `CROSS JOIN (SELECT greatest(latest_at, ${at}::bigint) AS at FROM ledger_clock) m`;

/** From a budget up to its last ancestor. `roots`: a query for the ids of the budgets to start at. */
export const lines = (roots: string): string => `line (root, id, depth) AS (
  SELECT r.id, r.id, 0 FROM (${roots}) r UNION ALL
  SELECT root, b.parent_id, depth + 1 FROM line JOIN budgets b ON b.id = line.id WHERE b.parent_id IS NOT NULL
)`;

const NAMED = "SELECT id FROM budgets WHERE name IN (SELECT json_array_elements_text($1::text::json))";

/** What books are read: those of the keys of `WANTED_KEYS`, or those of all budgets that `$1` names, and above. */
const IDS = {
  keys: {
    with: `WITH ${WANTED_KEYS}`,
    select: `SELECT c.book_id FROM wanted w JOIN vault_keys k ON k.id = w.id
      JOIN vault_key_books c ON c.vault_key = k.sequence WHERE w.books`,
    at: "$5",
  },
  budgets: {
    with: `WITH RECURSIVE ${lines(NAMED)}`,
    select: "SELECT line.id * 2 + simulate FROM line CROSS JOIN generate_series(0, 1) AS simulate",
    at: "$2",
  },
} as const;

const BOOKS = {
  keys: booksSql(IDS.keys),
  budgets: booksSql(IDS.budgets),
};

function booksSql(ids: (typeof IDS)[keyof typeof IDS]): string {
  return `${ids.with} SELECT ${BOOK} FROM books o JOIN budgets b ON b.id = o.budget_id ${moment(ids.at)}
    WHERE o.id IN (${ids.select})`;
}

export function booksStatement(of: keyof typeof BOOKS, at: number, values: Statement["values"]): Statement {
  return { sql: BOOKS[of], values: [...values, at] };
}

export function readBooks(rows: readonly StoredBook[], state: LoadedState): void {
  for (const row of rows) state.books.set(row.id, toBook(row));
}

/** The columns of a shared budget, of `b` with its parent `p`. */
export const BUDGET = `b.id, b.name, b.cap_micros AS "capMicros", b.window_ms AS "windowMs", p.name AS parent,
  b.created_at AS "createdAt"`;

/** A shared budget with the ids of itself, its parent, and so on. */
export interface LineRow extends NewBudget {
  readonly id: number;
  readonly lineage: readonly number[];
}

const BUDGETS = `WITH RECURSIVE ${lines(NAMED)}
  SELECT ${BUDGET}, (SELECT json_agg(line.id ORDER BY line.depth) FROM line WHERE line.root = b.id) AS lineage
  FROM budgets b LEFT JOIN budgets p ON p.id = b.parent_id WHERE b.id IN (SELECT root FROM line)`;

export function budgetsStatement(names: string): Statement {
  return { sql: BUDGETS, values: [names] };
}
