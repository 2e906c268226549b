import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

test("no statement numbers its parameters: Node 24.4 and earlier would bind nothing to them", async () => {
  const prepared: string[] = [];
  const ledger = await openSqliteLedger({
    path: ":memory:",
    driver: (path) => {
      const real = openNodeSqlite(path);
      return {
        ...real,
        prepare: <Row>(sql: string) => {
          prepared.push(sql);
          return real.prepare<Row>(sql);
        },
      };
    },
  });
  await ledger.createVaultKey(vaultKeyFixture("key"));
  await ledger.admit(admissionFixture("one"));
  await ledger.settle(settlementFixture("one"));
  const filter = { runId: "r", agent: "a", labels: { team: "pay" }, from: START, to: START + 1 };
  await ledger.listCalls(filter, { limit: 1 });
  await ledger.verify(START);
  await ledger.close();
  expect(prepared.filter((sql) => sql.includes("UPDATE calls SET"))).not.toEqual([]);
  expect(prepared.filter((sql) => /\?\d|[:@$][a-z]/i.test(sql))).toEqual([]);
});

test("a copy that begins in the middle of a transaction is made all the same, and has what was committed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-copy-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const driver = openNodeSqlite(join(folder, "a.db"));
  driver.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (v)");
  driver.exec("BEGIN IMMEDIATE; INSERT INTO t VALUES (7)");
  const copied = driver.copyTo(join(folder, "b.db"));
  // The copy's first step is another thread's, and runs while this one holds still.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  driver.exec("COMMIT");
  await copied;
  driver.close();
  const copy = openNodeSqlite(join(folder, "b.db"));
  expect(
    copy
      .prepare<{ v: number }>("SELECT v FROM t")
      .all()
      .map(({ v }) => v),
  ).toEqual([7]);
  copy.close();
});
