import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite, type SqliteDriver } from "./driver.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import { openSqliteLedger } from "./open.ts";

let folder = "";
let path = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keybrake-ledger-"));
  path = join(folder, "keybrake.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the file and its log are for their owner only", async () => {
  const ledger = await openSqliteLedger({ path });
  await ledger.createVaultKey(vaultKeyFixture("key"));
  for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  // No shared memory: nobody shares.
  expect(existsSync(`${path}-shm`)).toBe(false);
  await ledger.close();
});

test("a file that is there keeps its mode and its contents", async () => {
  const first = await openSqliteLedger({ path });
  await first.createVaultKey(vaultKeyFixture("key"));
  await first.close();
  chmodSync(path, 0o640);
  const second = await openSqliteLedger({ path });
  expect(await second.getVaultKey("key", 0)).not.toBeNull();
  expect(statSync(path).mode & 0o777).toBe(0o640);
  await second.close();
});

test("every commit is synced, on every open", async () => {
  let driver: SqliteDriver | undefined;
  const done: string[] = [];
  const open = (file: string) => {
    const real = openNodeSqlite(file);
    // As bindings may that reopen a file with a weaker default.
    real.exec("PRAGMA synchronous = OFF");
    driver = {
      ...real,
      exec: (sql) => {
        if (sql === "COMMIT") done.push("commit");
        real.exec(sql);
      },
      sync: async () => {
        await real.sync();
        done.push("sync");
      },
    };
    return driver;
  };
  for (const name of ["one", "two"]) {
    const ledger = await openSqliteLedger({ path, driver: open });
    expect(driver?.prepare("PRAGMA synchronous").get()).toMatchObject({ synchronous: 1 });
    expect(driver?.prepare("PRAGMA journal_mode").get()).toMatchObject({ journal_mode: "wal" });
    expect(driver?.prepare("PRAGMA foreign_keys").get()).toMatchObject({ foreign_keys: 1 });
    done.length = 0;
    await ledger.createVaultKey(vaultKeyFixture(name));
    await ledger.ping(0);
    expect(done).toEqual(["commit", "sync", "commit", "sync"]);
    await ledger.close();
  }
});

test("a second opener hears that the store is in use, and harms nothing", async () => {
  const first = await openSqliteLedger({ path });
  await first.createVaultKey(vaultKeyFixture("key"));
  for (const _ of [1, 2]) {
    await expect(openSqliteLedger({ path })).rejects.toMatchObject({ code: "store_in_use" });
  }
  await first.revokeVaultKey("key", 5);
  await first.close();
  const second = await openSqliteLedger({ path });
  expect(await second.getVaultKey("key", 0)).toMatchObject({ revokedAt: 5 });
  await second.close();
});

test("a schema of a later version is left alone", async () => {
  await (await openSqliteLedger({ path })).close();
  const database = new DatabaseSync(path);
  database.exec("INSERT INTO schema_migrations VALUES (9999, 'from the future')");
  database.close();
  await expect(openSqliteLedger({ path })).rejects.toMatchObject({ code: "schema_too_new" });
});

test("another program's database is left alone", async () => {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE notes (text TEXT)");
  database.close();
  await expect(openSqliteLedger({ path })).rejects.toMatchObject({ code: "store_foreign" });
});

test("a file that is no database, and a folder that is not there", async () => {
  writeFileSync(path, "not a database, and long enough to be looked at ".repeat(100));
  await expect(openSqliteLedger({ path })).rejects.toMatchObject({ code: "store_corrupt" });
  const nowhere = join(folder, "nowhere", "keybrake.db");
  await expect(openSqliteLedger({ path: nowhere })).rejects.toMatchObject({ code: "store_unavailable" });
});

test("migrations run once, in order, and one that fails leaves nothing behind", () => {
  const driver = openNodeSqlite(":memory:");
  migrate(driver);
  migrate(driver);
  const second = { version: 2, name: "second", sql: "CREATE TABLE extra (id INTEGER) STRICT" };
  const broken = { version: 3, name: "broken", sql: "CREATE TABLE half (id INTEGER) STRICT; nonsense" };
  expect(() => migrate(driver, [...MIGRATIONS, second, broken])).toThrow();
  const applied = () => driver.prepare("SELECT version FROM schema_migrations ORDER BY version").all();
  expect(applied()).toMatchObject([{ version: 1 }, { version: 2 }]);
  expect(driver.prepare("SELECT 1 FROM sqlite_master WHERE name = 'half'").get()).toBeUndefined();
  migrate(driver, [...MIGRATIONS, second]);
  expect(applied()).toHaveLength(2);
  driver.close();
});

test("migrations are numbered 1, 2, 3 …", () => {
  expect(MIGRATIONS.map((migration) => migration.version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
});
