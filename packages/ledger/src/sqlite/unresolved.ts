import type { UnresolvedFilter, UnresolvedSum } from "../requests.ts";
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
  const charged = `${SUMS} JOIN vault_keys k ON k.id = calls.vault_key_id
    JOIN vault_key_books c ON c.vault_key = k.sequence JOIN books o ON o.id = c.book_id
    JOIN budgets b ON b.id = o.budget_id WHERE ${PENDING.replaceAll("simulate", "calls.simulate")}`;
  const sumShared = driver.prepare<UnresolvedSum>(`${charged} AND b.name = ? GROUP BY state`);
  const sumOwn = driver.prepare<UnresolvedSum>(`${charged} AND c.position = 0 AND k.id = ? GROUP BY state`);
  const sumOf = (filter: UnresolvedFilter | null): UnresolvedSum[] => {
    if (filter === null) return sumAll.all();
    return filter.budget === null ? sumOwn.all(filter.vaultKeyId) : sumShared.all(filter.budget);
  };
  return {
    listUnresolved: ({ above, limit }) =>
      read(() =>
        select.all(above, limit).map(({ sequence, sentAt, body, ...row }) => ({
          ...{ sequence, sentAt, body },
          call: toCall(row),
        })),
      ),
    sumUnresolved: (filter) =>
      // SQLite's rows have no prototype; the interface's are plain objects.
      read(() => sumOf(filter).map((sum) => ({ ...sum }))),
  };
}
