export {
  type OpenSqliteDriver,
  openNodeSqlite,
  type SqliteDriver,
  type SqliteStatement,
  type SqliteValue,
} from "./driver.ts";
export {
  type OpenSqliteLedgerOptions,
  type OpenSqliteStoreOptions,
  openSqliteLedger,
  openSqliteStore,
} from "./open.ts";
