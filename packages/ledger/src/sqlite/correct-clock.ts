import type { SqliteDriver } from "./driver.ts";
import { CHARGES } from "./verify.ts";

/**
 * Takes back what a clock that was ahead has done to the books: what was written later than `now` counts as written
 * now. Nothing is freed by it: what had left a window too early is in it again, keys that were made later than now
 * have ended, and nothing unknown is sent again, since nobody can say how old it is. One transaction.
 */
export function correctClock(driver: SqliteDriver, now: number): void {
  driver.exec("BEGIN IMMEDIATE");
  try {
    for (const sql of statements(now)) driver.exec(sql);
    driver.exec("COMMIT");
  } catch (error) {
    driver.exec("ROLLBACK");
    throw error;
  }
}

function statements(now: number): readonly string[] {
  return [
    `UPDATE ledger_clock SET latest_at = ${now}`,
    // The scalar min of a NULL is NULL.
    `UPDATE calls SET at = min(at, ${now}), booked_at = min(booked_at, ${now}), posted_at = min(posted_at, ${now})
       WHERE max(at, booked_at, coalesce(posted_at, 0)) > ${now}`,
    "UPDATE calls SET claim_body = NULL WHERE claim_body IS NOT NULL",
    `UPDATE vault_keys SET expires_at = min(expires_at, ${now}) WHERE created_at > ${now}`,
    `UPDATE vault_keys SET created_at = min(created_at, ${now}), revoked_at = min(revoked_at, ${now})`,
    `UPDATE budgets SET created_at = min(created_at, ${now})`,
    "DELETE FROM postings",
    `WITH ${CHARGES} INSERT INTO postings (book_id, posted_at, micros)
       SELECT book_id, posted_at, sum(micros) FROM charges JOIN books o ON o.id = book_id
         JOIN budgets b ON b.id = o.budget_id
         WHERE state = 'posted' AND posted_at > ${now} - window_ms GROUP BY book_id, posted_at`,
    `UPDATE books SET posted_micros = coalesce((SELECT sum(micros) FROM postings WHERE book_id = id), 0),
       oldest_posted_at = (SELECT min(posted_at) FROM postings WHERE book_id = id)
       WHERE (SELECT window_ms FROM budgets b WHERE b.id = budget_id) IS NOT NULL`,
  ];
}
