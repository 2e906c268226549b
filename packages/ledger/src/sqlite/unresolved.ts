import type { UnresolvedSum } from "../requests.ts";
import type { Store } from "../store.ts";
import { CALL_SELECT } from "../stored-call.ts";
import { type SqliteCallRow, toCall } from "./call-rows.ts";
import type { SqliteDriver } from "./driver.ts";
import { read } from "./to-ledger-error.ts";

type UnresolvedRow = SqliteCallRow & {
  readonly sequence: number;
  readonly sentAt: number;
  readonly body: string | null;
};

const SUMS = `SELECT state, count(*) AS calls, sum(usd_micros) AS usdMicros, min(at) AS oldestAt FROM calls`;
const PENDING = "state IN ('held', 'unknown', 'awaiting') AND state <> 'none' AND simulate = 0";

/** What is reserved and not settled: found by the index of the state, so it costs what there is of it. */
export function createUnresolvedReads(driver: SqliteDriver): Pick<Store, "listUnresolved" | "sumUnresolved"> {
  const select = driver.prepare<UnresolvedRow>(
    `SELECT calls.sequence, sent_at AS sentAt, claim_body AS body, ${CALL_SELECT} FROM calls
       WHERE state IN ('unknown', 'awaiting') AND state <> 'none' AND sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const sumAll = driver.prepare<UnresolvedSum>(`${SUMS} WHERE ${PENDING} GROUP BY state`);
  const sumCharged = driver.prepare<UnresolvedSum>(
    `${SUMS} JOIN vault_keys k ON k.id = calls.vault_key_id
       JOIN vault_key_books c ON c.vault_key = k.sequence JOIN books o ON o.id = c.book_id
       JOIN budgets b ON b.id = o.budget_id
       WHERE ${PENDING.replaceAll("simulate", "calls.simulate")}
         AND CASE WHEN ?1 IS NULL THEN c.position = 0 AND k.id = ?2 ELSE b.name = ?1 END GROUP BY state`,
  );
  return {
    listUnresolved: ({ above, limit }) =>
      read(() =>
        select.all(above, limit).map(({ sequence, sentAt, body, ...row }) => ({
          ...{ sequence, sentAt, body },
          call: toCall(row),
        })),
      ),
    sumUnresolved: (filter) =>
      read(() => {
        const sums = filter === null ? sumAll.all() : sumCharged.all(filter.budget, filter.vaultKeyId);
        // SQLite's rows have no prototype; the interface's are plain objects.
        return sums.map((sum) => ({ ...sum }));
      }),
  };
}
