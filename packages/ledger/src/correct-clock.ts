import { CHARGES } from "./audit-queries.ts";

/**
 * Takes back what a clock that was ahead has done to the books: what was written later than `now` counts as written
 * now. Nothing is freed by it: what had left a window too early is in it again, keys that were made later than now
 * have ended, and nothing unknown is sent again, since nobody can say how old it is. In SQL that every store speaks;
 * to be run in one transaction.
 */
export function correctionStatements(now: number): readonly string[] {
  const noLater = (column: string) =>
    `${column} = CASE WHEN ${column} > ${now} THEN ${now} ELSE ${column} END`;
  return [
    `UPDATE ledger_clock SET latest_at = ${now}`,
    `UPDATE calls SET ${["at", "booked_at", "posted_at"].map(noLater).join(", ")}
       WHERE at > ${now} OR booked_at > ${now} OR posted_at > ${now}`,
    "UPDATE calls SET claim_body = NULL WHERE claim_body IS NOT NULL",
    `UPDATE vault_keys SET ${noLater("expires_at")} WHERE created_at > ${now}`,
    `UPDATE vault_keys SET ${["created_at", "revoked_at", "paused_at", "previous_ends_at"].map(noLater).join(", ")}`,
    `UPDATE budgets SET ${noLater("created_at")}`,
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
