import { LedgerError } from "../errors.ts";
import type { SqliteDriver } from "./driver.ts";
import { MIGRATION_0001 } from "./migrations/0001-initial.ts";
import { MIGRATION_0002 } from "./migrations/0002-retention.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Forward only: a migration that was released is never changed, a new one is appended. */
export const MIGRATIONS: readonly Migration[] = [MIGRATION_0001, MIGRATION_0002];

/** "KYBK": what `file` and this package recognise a ledger's file by (sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x4b59424b;

/**
 * Brings the schema to the newest known version, one transaction per migration. Throws `store_foreign` when
 * the file is another program's and `schema_too_new` when a newer version of this package wrote it.
 */
export function migrate(driver: SqliteDriver, migrations: readonly Migration[] = MIGRATIONS): void {
  claimFile(driver);
  const applied = driver
    .prepare<{ version: number | null }>("SELECT max(version) AS version FROM schema_migrations")
    .get();
  const current = applied?.version ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) {
    throw new LedgerError(
      "schema_too_new",
      `The store has schema version ${current}; this version of the package knows ${newest}. Upgrade it.`,
    );
  }
  for (const migration of migrations) {
    if (migration.version > current) apply(driver, migration);
  }
}

function claimFile(driver: SqliteDriver): void {
  const id = driver.prepare<{ application_id: number }>("PRAGMA application_id").get()?.application_id;
  if (id === APPLICATION_ID) return;
  const tables = driver
    .prepare<{ tables: number }>("SELECT count(*) AS tables FROM sqlite_master")
    .get()?.tables;
  if (id !== 0 || tables !== 0) {
    throw new LedgerError("store_foreign", "The file is a SQLite database, but not a Keybrake ledger.");
  }
  driver.exec(`BEGIN IMMEDIATE;
    PRAGMA application_id = ${APPLICATION_ID};
    CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    COMMIT`);
}

function apply(driver: SqliteDriver, migration: Migration): void {
  driver.exec("BEGIN IMMEDIATE");
  try {
    // The row comes first: if it is there already, nothing of the migration runs.
    driver
      .prepare("INSERT INTO schema_migrations (version, name) VALUES (?, ?)")
      .run(migration.version, migration.name);
    driver.exec(migration.sql);
    driver.exec("COMMIT");
  } catch (error) {
    driver.exec("ROLLBACK");
    throw error;
  }
}
