import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { admissionFixture, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite, type SqliteDriver } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

test("at no start and at no call are all rows of calls read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-scans-"));
  const prepared = new Set<string>();
  let driver: SqliteDriver | undefined;
  const ledger = await openSqliteLedger({
    path: join(folder, "keybrake.db"),
    driver: (path) => {
      const real = openNodeSqlite(path);
      driver = real;
      return {
        ...real,
        prepare: (sql) => {
          prepared.add(sql);
          return real.prepare(sql);
        },
      };
    },
  });
  await ledger.createVaultKey(vaultKeyFixture("key"));
  await ledger.admit(admissionFixture("one"));
  await ledger.settle(settlementFixture("one"));
  await ledger.listUnresolved({ limit: 10 });
  await ledger.sumUnresolved();
  const ofCalls = [...prepared].filter((sql) => /\bcalls\b/.test(sql));
  const scans = ofCalls.filter((sql) =>
    driver
      ?.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .some(({ detail }) => /^SCAN calls(?! USING)/.test(detail)),
  );
  expect(ofCalls.length).toBeGreaterThan(20);
  expect(scans).toEqual([]);
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});
