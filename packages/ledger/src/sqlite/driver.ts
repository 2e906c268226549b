import { closeSync, fdatasync, openSync } from "node:fs";
import { backup, DatabaseSync, type SQLInputValue } from "node:sqlite";
import { promisify } from "node:util";

export type SqliteValue = string | number | null;

/**
 * A prepared statement. `Row` is what its columns hold; STRICT tables keep them to it. Parameters are `?` alone: the
 * first releases of Node 24 (24.4 is one) bind nothing to `?1`.
 */
export interface SqliteStatement<Row = unknown> {
  run(...values: readonly SqliteValue[]): void;
  get(...values: readonly SqliteValue[]): Row | undefined;
  all(...values: readonly SqliteValue[]): Row[];
}

/**
 * All that the store needs of SQLite: synchronous, one connection. The place where another binding, or a
 * test's faults, come in. A failed call throws; an `errcode` on the error is SQLite's own result code.
 */
export interface SqliteDriver {
  exec(sql: string): void;
  prepare<Row>(sql: string): SqliteStatement<Row>;
  /** Resolves when all that was committed before is on the disk; the event loop does not wait for it. */
  sync(): Promise<void>;
  /** All that is committed when it ends, into a file that is empty or not there; the event loop does not wait for it. */
  copyTo(path: string): Promise<void>;
  close(): void;
}

export type OpenSqliteDriver = (path: string) => SqliteDriver;

/** Pages of one step of a copy: for as long as it takes, a tenth of a millisecond or so, nothing is written. */
const COPIED_PAGES = 64;

/** The driver over Node's own SQLite. */
export function openNodeSqlite(path: string): SqliteDriver {
  // A second opener must hear at once that the store is in use, hence no busy timeout.
  const database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  const log = createLogSync(path);
  return {
    exec: (sql) => database.exec(sql),
    prepare: <Row>(sql: string) => {
      const statement = database.prepare(sql);
      return {
        run: (...values: SQLInputValue[]) => {
          statement.run(...values);
        },
        get: (...values: SQLInputValue[]) => statement.get(...values) as Row | undefined,
        all: (...values: SQLInputValue[]) => statement.all(...values) as Row[],
      };
    },
    sync: log.sync,
    copyTo: (path) => copy(database, path),
    close: () => {
      database.close();
      log.close();
    },
  };
}

/**
 * What SQLite does at the end of a commit with `synchronous = FULL`, but off the event loop: the log is synced once more
 * after it was written (sqlite.org/wal.html; libuv's fdatasync is F_FULLFSYNC on macOS). With NORMAL it still syncs the log before
 * a checkpoint and the head of a new log by itself, so that the file is whole whenever the power goes.
 */
function createLogSync(path: string): { sync: () => Promise<void>; close: () => void } {
  if (path === ":memory:") return { sync: async () => {}, close: () => {} };
  let log: number | null = null;
  return {
    // The log is there since the first commit, and stays the same file for as long as the database is open.
    sync: () => {
      log ??= openSync(`${path}-wal`, "r+");
      return datasync(log);
    },
    close: () => {
      if (log !== null) closeSync(log);
    },
  };
}

const datasync = promisify(fdatasync);

/** A transaction is over in milliseconds; many in a row may be met under load. */
const COPY_TRIES = 1000;

/**
 * A step that begins in the middle of a transaction of this very connection cannot copy, and Node then gives up with an
 * error that says "not an error" (SQLITE_OK): the copy is begun anew.
 */
async function copy(database: DatabaseSync, path: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await backup(database, path, { rate: COPIED_PAGES });
      return;
    } catch (error) {
      const metTransaction = error instanceof Error && "errcode" in error && error.errcode === 0;
      if (!metTransaction || tries >= COPY_TRIES) throw error;
    }
  }
}
