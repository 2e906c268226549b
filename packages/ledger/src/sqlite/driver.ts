import { backup, DatabaseSync, type SQLInputValue } from "node:sqlite";

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
    copyTo: async (path) => {
      await backup(database, path, { rate: COPIED_PAGES });
    },
    close: () => database.close(),
  };
}
