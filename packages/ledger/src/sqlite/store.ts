import { createAdminBook } from "../admins/create-admin-book.ts";
import { createAlertBook } from "../alerts/create-alert-book.ts";
import { LedgerError } from "../errors.ts";
import type { Claim } from "../requests.ts";
import type { Pruned, PruneRequest } from "../retention.ts";
import { createSpendBook } from "../spend/create-spend-book.ts";
import type { Changes, KeyStanding, LoadedState, Needs, Store } from "../store.ts";
import { CALL_SELECT, IS_COUNTED } from "../stored-call.ts";
import { createApprovalReads } from "./approvals.ts";
import { createBookStatements } from "./book-statements.ts";
import { type SqliteCallRow, toCall } from "./call-rows.ts";
import { createClockStatements, type LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";
import type { FileGuard } from "./file-guard.ts";
import { createKeyStatements, type KeyStatements } from "./key-statements.ts";
import { createCallList } from "./list-calls.ts";
import { BY_CLAIM, claimValues, createLoad } from "./load.ts";
import { createPrune } from "./prune.ts";
import { createSqliteSql } from "./side-sql.ts";
import { read, toLedgerError } from "./to-ledger-error.ts";
import { createUnresolvedReads } from "./unresolved.ts";
import { audit } from "./verify.ts";
import { createWarmRows, type WarmRows } from "./warm-rows.ts";
import { createWrite } from "./write.ts";

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

const UNCONFIRMED =
  "The disk did not confirm what was written to the store. Stop this process, look after the disk, and start again.";

/** A call with a body of the longest kind that is kept, and its answer, in bytes. */
const PROBE_BYTES = 64 * 1024;

/** Each resolves when it is on the disk. */
interface Transactions {
  transact: (needs: Needs, decide: (state: LoadedState) => Changes) => Promise<void>;
  ping: (at: number) => Promise<void>;
  prune: (request: PruneRequest) => Promise<Pruned>;
  /** Changes of what is kept beside the books. */
  alter: (work: () => void) => Promise<void>;
  clock: () => LedgerClock;
}

function createTransactions(driver: SqliteDriver, guard: FileGuard, warm: WarmRows): Transactions {
  const load = createLoad(driver, createBookStatements(driver), warm);
  const write = createWrite(driver);
  const clocks = createClockStatements(driver);
  const probe = driver.prepare("INSERT OR REPLACE INTO probe VALUES (1, randomblob(?))");
  const pruneRows = createPrune(driver);
  let clock = clocks.read();
  let lost: LedgerError | null = null;

  async function transact(needs: Needs, decide: (state: LoadedState) => Changes): Promise<void> {
    const { loaded, changes } = run(() => {
      const loaded = load(needs, clock);
      const changes = decide(loaded);
      write(changes);
      const next = advance(clock, changes);
      if (changes.clock !== null) clocks.write(next);
      return { next, loaded, changes };
    });
    warm.keep(loaded, changes);
    await sync();
  }

  async function ping(at: number): Promise<void> {
    run(() => {
      const next = { ...clock, latestAt: Math.max(clock.latestAt, at) };
      probe.run(PROBE_BYTES);
      clocks.write(next);
      return { next };
    });
    await sync();
  }

  const prune = async (request: PruneRequest): Promise<Pruned> => {
    const { pruned } = run(() => ({ next: clock, pruned: pruneRows(request, clock.latestAt) }));
    warm.forget();
    await sync();
    return pruned;
  };

  const alter = async (work: () => void): Promise<void> => {
    run(() => {
      work();
      return { next: clock };
    });
    await sync();
  };

  /**
   * The end of a transaction. What the disk has not confirmed it may have dropped, and say "synced" the next time
   * (as Linux does after an error): nothing is built on it any more, and the next start reads what is really there.
   */
  async function sync(): Promise<void> {
    try {
      await driver.sync();
    } catch (cause) {
      lost ??= new LedgerError("store_unavailable", UNCONFIRMED, { cause });
    }
    if (lost !== null) throw lost;
  }

  /** `next` of what `work` answers is what the clock is after it. */
  function run<T extends { readonly next: LedgerClock }>(work: () => T): T {
    if (lost !== null) throw lost;
    try {
      guard.check();
      begin(driver);
      const done = doWork(work);
      commit(driver);
      clock = done.next;
      return done;
    } catch (error) {
      warm.forget();
      throw error;
    }
  }

  function doWork<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      rollBack(driver);
      throw toLedgerError(error);
    }
  }

  return { transact, ping, prune, alter, clock: () => clock };
}

function advance(clock: LedgerClock, changes: Changes): LedgerClock {
  if (changes.clock === null) return clock;
  return {
    latestAt: changes.clock.at,
    lagMaxMs: Math.max(clock.lagMaxMs, changes.clock.lagMs),
    lastSequence: clock.lastSequence + changes.newCalls.length,
    stops: changes.stops ?? clock.stops,
  };
}

function begin(driver: SqliteDriver): void {
  try {
    driver.exec("BEGIN IMMEDIATE");
  } catch (error) {
    throw unavailable(error);
  }
}

function commit(driver: SqliteDriver): void {
  try {
    driver.exec("COMMIT");
  } catch (error) {
    rollBack(driver);
    throw unavailable(error);
  }
}

function rollBack(driver: SqliteDriver): void {
  try {
    driver.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself after a grave error. If it has not, the next BEGIN fails and says so.
  }
}

function unavailable(cause: unknown): LedgerError {
  return new LedgerError("store_unavailable", "The store could not commit; nothing was admitted.", { cause });
}
