import { expect, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite, type SqliteDriver } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

/** A ledger in memory that notes its queries, and fails to commit when the test says so. */
async function openNoting() {
  const noted = { queries: [] as string[], failsToCommit: false };
  const ledger = await openSqliteLedger({
    path: ":memory:",
    driver: (path): SqliteDriver => {
      const real = openNodeSqlite(path);
      return {
        ...real,
        exec: (sql) => {
          if (sql === "COMMIT" && noted.failsToCommit)
            throw Object.assign(new Error("full"), { errcode: 13 });
          real.exec(sql);
        },
        prepare: <Row>(sql: string) => {
          const statement = real.prepare<Row>(sql);
          const note = <T>(answer: T): T => {
            noted.queries.push(sql);
            return answer;
          };
          return {
            ...statement,
            get: (...values) => note(statement.get(...values)),
            all: (...values) => note(statement.all(...values)),
          };
        },
      };
    },
  });
  await ledger.createVaultKey(vaultKeyFixture("key"));
  await ledger.admit(admissionFixture("first"));
  await ledger.settle(settlementFixture("first"));
  noted.queries.length = 0;
  return { ledger, noted };
}

test("a key, its books and a call under way are read from the file once", async () => {
  const { ledger, noted } = await openNoting();
  await ledger.admit(admissionFixture("one"));
  await ledger.settle(settlementFixture("one"));
  expect(
    noted.queries.filter((sql) =>
      /FROM vault_key|FROM books|AS claimLive FROM calls WHERE call_id/.test(sql),
    ),
  ).toEqual([]);
  await ledger.close();
});

test("what a failed commit has seen is not taken for what the file says", async () => {
  const { ledger, noted } = await openNoting();
  noted.failsToCommit = true;
  await expect(ledger.admit(admissionFixture("lost"))).rejects.toMatchObject({ code: "store_unavailable" });
  noted.failsToCommit = false;
  const { heldMicros, calls } = (await ledger.getVaultKey("key", START)) ?? {};
  expect({ heldMicros, calls }).toEqual({ heldMicros: 0, calls: 1 });
  await ledger.admit(admissionFixture("one"));
  expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 2 });
  expect((await ledger.verify(START)).problems).toEqual([]);
  await ledger.close();
});

test("a revocation and a lower cap hold for the very next call", async () => {
  const { ledger } = await openNoting();
  await ledger.createBudget({
    name: "team",
    capMicros: 5_000_000,
    windowMs: null,
    parent: null,
    createdAt: START,
  });
  const key = { ...vaultKeyFixture("shared"), budgets: ["team"] };
  await ledger.createVaultKey(key);
  expect(await ledger.admit(admissionFixture("within", "shared"))).toEqual({ kind: "admitted" });
  await ledger.updateBudget("team", 1_000_000, START);
  expect(await ledger.admit(admissionFixture("beyond", "shared"))).toMatchObject({
    kind: "refused",
    code: "spend_cap_exceeded",
  });
  await ledger.findVaultKeyByHash(key.hash);
  await ledger.revokeVaultKey("shared", START);
  expect(await ledger.findVaultKeyByHash(key.hash)).toMatchObject({ revokedAt: START });
  expect(await ledger.admit(admissionFixture("late", "shared"))).toMatchObject({
    kind: "refused",
    code: "vault_key_revoked",
  });
  await ledger.close();
});
