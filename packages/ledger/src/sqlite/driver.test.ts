import { expect, test } from "vitest";
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
