import { closeSync, openSync } from "node:fs";
import { LedgerError } from "../errors.ts";
import type { Ledger } from "../interface.ts";
import { clockError, judgeClock, type MachineClock } from "../judge-clock.ts";
import { createLedger, recoverHolds } from "../ledger.ts";
import type { Store } from "../store.ts";
import { createClockStatements } from "./clock.ts";
import { correctClock } from "./correct-clock.ts";
import { type OpenSqliteDriver, openNodeSqlite, type SqliteDriver } from "./driver.ts";
import { createFileGuard } from "./file-guard.ts";
import { migrate } from "./migrate.ts";
import { createSqliteStore } from "./store.ts";
import { toLedgerError } from "./to-ledger-error.ts";

export interface OpenSqliteStoreOptions {
  /** The file, made with mode 0600 when it is not there; its folder must be. `:memory:` is for tests. */
  readonly path: string;
  /** How SQLite is reached; Node's own unless told. */
  readonly driver?: OpenSqliteDriver;
  /** Compared with the last entry of the books, and noted; not looked at unless told. */
  readonly clock?: MachineClock | undefined;
}

export interface OpenSqliteLedgerOptions<P = unknown> extends OpenSqliteStoreOptions {
  /** See `LedgerOptions.parsePolicy`; policies are shown as they were stored unless told. */
  readonly parsePolicy?: (stored: unknown) => P;
  /** When the writer runs after the first operation of a batch; once per turn of the event loop unless told. */
  readonly schedule?: (callback: () => void) => void;
}

/** Nobody else can have the file while this process does, so one name is enough for whoever does. */
const OWNER = "the process that has the file";

/** Pages of 4 KiB between checkpoints: 16 MiB of log, so that a checkpoint is rare and still short. */
const CHECKPOINT_PAGES = 4096;
/** In KiB, negative as SQLite wants it: the hot pages of a large ledger, well within the memory target. */
const CACHE_KIB = -32_768;

/**
 * Opens the books in one SQLite file. This process has it alone until `close`. Rejects with `store_in_use`,
 * `store_corrupt`, `store_foreign`, `schema_too_new` or `store_unavailable`; with a `clock`, `clock_behind` or
 * `clock_ahead`.
 */
export function openSqliteLedger<P>(
  options: OpenSqliteLedgerOptions<P> & { readonly parsePolicy: (stored: unknown) => P },
): Promise<Ledger<P>>;
export function openSqliteLedger(options: OpenSqliteLedgerOptions): Promise<Ledger>;
export async function openSqliteLedger(options: OpenSqliteLedgerOptions): Promise<Ledger> {
  const store = await openSqliteStore(options);
  const { parsePolicy = (stored) => stored, schedule } = options;
  return createLedger(store, { owner: OWNER, parsePolicy, schedule });
}

/**
 * The store alone, for a ledger with other options. The file's lock is an owner's lease, and this process has
 * it now: what any earlier owner left in flight is `unknown` from now on, its holds kept.
 */
export async function openSqliteStore(options: OpenSqliteStoreOptions): Promise<Store> {
  let driver: SqliteDriver | undefined;
  try {
    createPrivately(options.path);
    driver = (options.driver ?? openNodeSqlite)(options.path);
    configure(driver);
    migrate(driver);
    if (options.clock !== undefined) fitClock(driver, options.clock);
    const store = createSqliteStore(driver, createFileGuard(options.path));
    await recoverHolds(store, { owners: earlierOwners(driver), now: 0 });
    if (options.clock !== undefined) await store.ping(options.clock.now);
    return store;
  } catch (error) {
    driver?.close();
    throw toLedgerError(error);
  }
}

/** Throws when the clock does not fit the books, unless it is right: then the books are made to fit it. */
function fitClock(driver: SqliteDriver, { now, isRight }: MachineClock): void {
  const { latestAt } = createClockStatements(driver).read();
  const verdict = judgeClock(latestAt, now);
  if (verdict === "fits") return;
  if (!isRight) throw clockError(verdict, latestAt, now);
  if (verdict === "behind") correctClock(driver, now);
}

/** Everybody who still holds something, with a lease that has ended. */
function earlierOwners(driver: SqliteDriver): { id: string; leaseEndsAt: number }[] {
  return driver
    .prepare<{ id: string }>(
      "SELECT DISTINCT owner AS id FROM calls WHERE state = 'held' AND state <> 'none'",
    )
    .all()
    .map(({ id }) => ({ id, leaseEndsAt: 0 }));
}

/** SQLite would make the file readable by everybody. The log and index files take the file's mode. */
function createPrivately(path: string): void {
  if (path === ":memory:") return;
  try {
    // Only ever a new file: closing another descriptor of an open one would drop SQLite's locks on it.
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!exists) throw error;
  }
}

function configure(driver: SqliteDriver): void {
  // Before the log is first touched: so nobody else can have the file, and no shared memory is needed.
  driver.exec("PRAGMA locking_mode = EXCLUSIVE");
  driver.exec("PRAGMA journal_mode = WAL");
  // The file is whole whenever the power goes; that no commit is lost is the store's work, which syncs the log after each.
  driver.exec("PRAGMA synchronous = NORMAL");
  // What is deleted (a settled act's body) is not left on the disk for whoever reads the file.
  driver.exec("PRAGMA secure_delete = ON");
  // macOS: fsync alone does not reach the disk.
  driver.exec("PRAGMA fullfsync = ON");
  driver.exec("PRAGMA checkpoint_fullfsync = ON");
  driver.exec("PRAGMA foreign_keys = ON");
  driver.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  driver.exec(`PRAGMA cache_size = ${CACHE_KIB}`);
  // Takes the lock now rather than with the first call.
  driver.exec("BEGIN EXCLUSIVE; COMMIT");
  const journal = driver.prepare<{ journal_mode: string }>("PRAGMA journal_mode").get()?.journal_mode;
  const synchronous = driver.prepare<{ synchronous: number }>("PRAGMA synchronous").get()?.synchronous;
  if ((journal !== "wal" && journal !== "memory") || synchronous !== 1) {
    throw new LedgerError("store_unavailable", "SQLite did not accept a write-ahead log.");
  }
}
