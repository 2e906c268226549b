import { createAdminBook } from "../admins/create-admin-book.ts";
import { createAlertBook } from "../alerts/create-alert-book.ts";
import type { Claim } from "../requests.ts";
import { createSpendBook } from "../spend/create-spend-book.ts";
import type { KeyStanding, Store } from "../store.ts";
import { CALL_SELECT, IS_COUNTED } from "../stored-call.ts";
import { createApprovalReads } from "./approvals.ts";
import { createBookStatements } from "./book-statements.ts";
import { type SqliteCallRow, toCall } from "./call-rows.ts";
import type { SqliteDriver } from "./driver.ts";
import type { FileGuard } from "./file-guard.ts";
import { createKeyStatements, type KeyStatements } from "./key-statements.ts";
import { createCallList } from "./list-calls.ts";
import { BY_CLAIM, claimValues } from "./load.ts";
import { createSqliteSql } from "./side-sql.ts";
import { read, toLedgerError } from "./to-ledger-error.ts";
import { createTransactions } from "./transactions.ts";
import { createUnresolvedReads } from "./unresolved.ts";
import { audit } from "./verify.ts";
import { createWarmRows, type WarmRows } from "./warm-rows.ts";

/**
 * The store over a configured and migrated connection. Everything runs at once, on one connection: no
 * transaction ever waits, so reads see only what is committed.
 */
export function createSqliteStore(driver: SqliteDriver, guard: FileGuard): Store {
  const warm = createWarmRows();
  const { transact, ping, prune, alter, clock } = createTransactions(driver, guard, warm);
  const side = createSqliteSql(driver, alter);
  const keys = createKeyStatements(driver);
  const books = createBookStatements(driver);
  const listCalls = createCallList(driver, clock);
  const calls = createCallReads(driver);
  const withStops = (key: KeyStanding): KeyStanding => {
    const { stops } = clock();
    return stops.length === 0 ? key : { ...key, stops };
  };
  const moment = (at: number): number => Math.max(at, clock().latestAt);
  return {
    transact,
    findKey: (by) =>
      read(() => {
        const key = "id" in by ? (warm.key(by.id) ?? keys.findById(by.id)) : findByHash(keys, warm, by.hash);
        return key === null ? null : withStops(key);
      }),
    listStops: async () => clock().stops,
    usableKeys: (at) => read(() => keys.usable(moment(at))),
    ledgerTime: async () => clock().latestAt,
    readKeys: (ids) => read(() => ids.map(keys.read).filter((key) => key !== null)),
    keyUse: (id, at) =>
      read(() => {
        const key = keys.findById(id);
        return key === null ? null : { key: withStops(key), books: books.ofKey(key.sequence, moment(at)) };
      }),
    listKeys: ({ below, limit, at }) =>
      read(() =>
        keys
          .list(below ?? Number.MAX_SAFE_INTEGER, limit)
          .map((key) => ({ key: withStops(key), books: books.ofKey(key.sequence, moment(at)) })),
      ),
    budgetUse: (name, at) =>
      read(() => {
        const budget = books.findBudget(name);
        return budget === null ? null : { budget, books: books.ofBudget(budget.id, moment(at)) };
      }),
    listBudgets: ({ afterName, limit, at }) =>
      read(() =>
        books
          .listBudgets(afterName, limit)
          .map((budget) => ({ budget, books: books.ofBudget(budget.id, moment(at)) })),
      ),
    ...calls,
    ...createUnresolvedReads(driver),
    ...createApprovalReads(driver),
    listCalls: (filter, page) => read(() => listCalls(filter, page)),
    audit: (at) => read(() => audit(driver, clock(), moment(at))),
    ping,
    prune,
    // Nobody else has the file.
    follow: () => {},
    turns: null,
    copyTo: async (file) => {
      try {
        guard.check();
        await driver.copyTo(file);
      } catch (error) {
        throw toLedgerError(error);
      }
    },
    alerts: createAlertBook(side),
    admins: createAdminBook(side),
    spend: createSpendBook(side),
    close: () => read(() => driver.close()),
  };
}

function findByHash(keys: KeyStatements, warm: WarmRows, hash: string): KeyStanding | null {
  const known = warm.keyByHash(hash);
  if (known !== undefined) return known;
  const found = keys.findByHash(hash);
  if (found !== null) warm.noteHash(hash, found);
  return found;
}

function createCallReads(driver: SqliteDriver): Pick<Store, "findClaim" | "countedMicros" | "getCall"> {
  const select = driver.prepare<SqliteCallRow>(`SELECT ${CALL_SELECT} FROM calls WHERE call_id = ?`);
  const selectClaim = driver.prepare<Claim>(
    `SELECT call_id AS callId, vault_key_id AS vaultKeyId, act_digest AS actDigest, state FROM calls WHERE ${BY_CLAIM}`,
  );
  const sumCounted = driver.prepare<{ micros: number | null }>(
    `SELECT sum(usd_micros) AS micros FROM calls
       WHERE object_id = ? AND ${IS_COUNTED} AND vendor = ? AND account = ? AND simulate = ?`,
  );
  return {
    findClaim: (claim) =>
      read(() => {
        const row = selectClaim.get(...claimValues(claim));
        // SQLite's rows have no prototype; the interface's are plain objects.
        return row === undefined ? null : { ...row };
      }),
    countedMicros: ({ objectId, vendor, account, simulate }) =>
      read(() => sumCounted.get(objectId, vendor, account, simulate ? 1 : 0)?.micros ?? 0),
    getCall: (callId) =>
      read(() => {
        const row = select.get(callId);
        return row === undefined ? null : toCall(row);
      }),
  };
}
