import { assertBooks } from "../errors.ts";
import { type Book, bookId, type LoadedBook } from "../rows.ts";
import type { NewBudget } from "../types.ts";
import type { SqliteDriver } from "./driver.ts";

/** A shared budget's row. */
export interface SqliteBudget extends NewBudget {
  readonly id: number;
}

/** The budgets and their books, as they are read. */
export interface BookStatements {
  /** A book, as the file has it, with what has left its window by a moment, summed. */
  at(book: Book, at: number): LoadedBook;
  /** The book of an id, so. */
  load(id: number, at: number): LoadedBook;
  /** All that a key's calls are charged to, its own book first. */
  ofKey(keySequence: number, at: number): LoadedBook[];
  findBudget(name: string): SqliteBudget | null;
  listBudgets(afterName: string, limit: number): SqliteBudget[];
  /** The ids of a budget, its parent, and so on. */
  lineage(budgetId: number): number[];
  /** The books of a budget and its ancestors, for real keys. */
  ofBudget(budgetId: number, at: number): LoadedBook[];
}

const BOOK = `o.id, b.name, b.cap_micros AS capMicros, b.window_ms AS windowMs, o.held_micros AS heldMicros,
  o.posted_micros AS postedMicros, o.oldest_posted_at AS oldestPostedAt,
  o.granted_cap_micros AS grantedCapMicros`;

const BUDGET = `SELECT b.id, b.name, b.cap_micros AS capMicros, b.window_ms AS windowMs, p.name AS parent,
  b.created_at AS createdAt FROM budgets b LEFT JOIN budgets p ON p.id = b.parent_id`;

export function createBookStatements(driver: SqliteDriver): BookStatements {
  const select = driver.prepare<Book>(
    `SELECT ${BOOK} FROM books o JOIN budgets b ON b.id = o.budget_id WHERE o.id = ?`,
  );
  const selectOfKey = driver.prepare<Book>(
    `SELECT ${BOOK} FROM vault_key_books k CROSS JOIN books o ON o.id = k.book_id
       CROSS JOIN budgets b ON b.id = o.budget_id WHERE k.vault_key = ? ORDER BY k.position`,
  );
  const selectBudget = driver.prepare<SqliteBudget>(`${BUDGET} WHERE b.name = ?`);
  const selectPage = driver.prepare<SqliteBudget>(`${BUDGET} WHERE b.name > ? ORDER BY b.name LIMIT ?`);
  const selectLineage = driver.prepare<{ id: number }>(
    `WITH RECURSIVE line (id, depth) AS (
       SELECT ?, 0 UNION ALL
       SELECT parent_id, depth + 1 FROM line JOIN budgets USING (id) WHERE parent_id IS NOT NULL
     ) SELECT id FROM line ORDER BY depth`,
  );
  const withExpired = createExpiry(driver);

  function load(id: number, at: number): LoadedBook {
    const book = select.get(id);
    assertBooks(book !== undefined, `book ${id} is missing`);
    return withExpired(book, at);
  }

  const lineage = (budgetId: number): number[] => selectLineage.all(budgetId).map(({ id }) => id);

  return {
    at: withExpired,
    load,
    ofKey: (keySequence, at) => selectOfKey.all(keySequence).map((book) => withExpired(book, at)),
    findBudget: (name) => selectBudget.get(name) ?? null,
    listBudgets: (afterName, limit) => selectPage.all(afterName, limit),
    lineage,
    ofBudget: (budgetId, at) => lineage(budgetId).map((id) => load(bookId(id, false), at)),
  };
}

/** Sums what has left a book's window by a moment; looks nothing up while nothing can have. */
function createExpiry(driver: SqliteDriver): (book: Book, at: number) => LoadedBook {
  const sumExpired = driver.prepare<{ micros: number | null }>(
    "SELECT sum(micros) AS micros FROM postings WHERE book_id = ? AND posted_at <= ?",
  );
  const selectOldest = driver.prepare<{ oldest: number | null }>(
    "SELECT min(posted_at) AS oldest FROM postings WHERE book_id = ? AND posted_at > ?",
  );
  return (book, at) => {
    const { id, windowMs, oldestPostedAt } = book;
    if (windowMs === null || oldestPostedAt === null || oldestPostedAt > at - windowMs) {
      return { ...book, expired: null };
    }
    const cutoff = at - windowMs;
    const expired = {
      micros: sumExpired.get(id, cutoff)?.micros ?? 0,
      oldestPostedAt: selectOldest.get(id, cutoff)?.oldest ?? null,
    };
    return { ...book, expired };
  };
}
