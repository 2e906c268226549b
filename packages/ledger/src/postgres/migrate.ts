import { LedgerError } from "../errors.ts";
import { MIGRATION_0001 } from "./migrations/0001-initial.ts";
import type { Session } from "./writer.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Forward only: a migration that was released is never changed, a new one is appended. */
export const MIGRATIONS: readonly Migration[] = [MIGRATION_0001];

/** "KYBK": whoever migrates has this advisory lock until the transaction ends. */
const MIGRATION_LOCK = 0x4b59424b;

const plain = (sql: string) => ({ sql, values: [] });

/**
 * Brings the schema to the newest known version, in one transaction: any number of replicas may start at once, and
 * all but the first find it done. Rejects with `store_foreign` when the database has other tables than ours, and
 * with `schema_too_new` when a newer version of this package has migrated it.
 */
export async function migrate(
  session: Session,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  try {
    await session.send([plain(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)]);
    const current = await currentVersion(session);
    const newest = migrations.at(-1)?.version ?? 0;
    if (current > newest) {
      throw new LedgerError(
        "schema_too_new",
        `The store has schema version ${current}; this version of the package knows ${newest}. Upgrade it.`,
      );
    }
    for (const { version, name, sql } of migrations) {
      if (version <= current) continue;
      await session.send([
        plain(sql),
        { sql: "INSERT INTO keybrake_migrations VALUES ($1::integer, $2::text)", values: [version, name] },
      ]);
    }
    await session.send([plain("COMMIT")]);
  } catch (error) {
    if (!session.isLost()) await session.send([plain("ROLLBACK")]).catch(() => {});
    throw error;
  }
}

const TABLES = `SELECT to_regclass('keybrake_migrations') IS NOT NULL AS ours,
  (SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()) AS tables`;
const CREATE = "CREATE TABLE keybrake_migrations (version integer PRIMARY KEY, name text NOT NULL)";
const VERSION = "SELECT coalesce(max(version), 0) AS version FROM keybrake_migrations";

async function currentVersion(session: Session): Promise<number> {
  const [[found] = []] = await session.send([plain(TABLES)]);
  if (found?.ours !== true) {
    if (found?.tables !== 0) {
      throw new LedgerError(
        "store_foreign",
        "The database has tables of another program. Keybrake needs its own.",
      );
    }
    await session.send([plain(CREATE)]);
  }
  const [[row] = []] = await session.send([plain(VERSION)]);
  return Number(row?.version ?? 0);
}
