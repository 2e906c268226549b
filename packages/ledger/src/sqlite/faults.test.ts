import { expect, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import { openNodeSqlite, type SqliteDriver } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

/** A ledger in memory whose statements fail when the test says so, and a hand on its tables. */
async function openFaulty() {
  const fault = { inSql: null as string | null, sync: async () => {} };
  let driver: SqliteDriver | undefined;
  const check = (sql: string) => {
    if (fault.inSql !== null && sql.includes(fault.inSql)) {
      throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
    }
  };
  const ledger = await openSqliteLedger({
    path: ":memory:",
    driver: (path) => {
      const real = openNodeSqlite(path);
      driver = real;
      return {
        exec: (sql) => {
          check(sql);
          real.exec(sql);
        },
        prepare: <Row>(sql: string) => {
          const statement = real.prepare<Row>(sql);
          return {
            ...statement,
            run: (...values) => {
              check(sql);
              statement.run(...values);
            },
          };
        },
        sync: () => fault.sync(),
        copyTo: (file) => real.copyTo(file),
        close: () => real.close(),
      };
    },
  });
  await ledger.createVaultKey(vaultKeyFixture("key"));
  return { ledger, fault, exec: (sql: string) => driver?.exec(sql) };
}

test.each(["BEGIN IMMEDIATE", "INSERT INTO calls", "UPDATE vault_key_counters", "UPDATE books", "COMMIT"])(
  "an admission during which %s fails is not admitted, and leaves nothing",
  async (sql) => {
    const { ledger, fault } = await openFaulty();
    await ledger.admit(admissionFixture("before"));
    fault.inSql = sql;
    const during = await Promise.allSettled([
      ledger.admit(admissionFixture("one")),
      ledger.admit(admissionFixture("two")),
    ]);
    for (const answer of during) {
      expect(answer).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
    }
    fault.inSql = null;
    expect(await ledger.getCall("one")).toBeNull();
    expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 1_000_000, calls: 1 });
    // The same calls may come again: neither a row, nor a claim, nor a counter stayed behind.
    expect(await ledger.admit(admissionFixture("one"))).toEqual({ kind: "admitted" });
    expect(await ledger.verify(START)).toMatchObject({ calls: 2, heldMicros: 2_000_000, problems: [] });
    await ledger.close();
  },
);

test("a settlement that could not be written may be written later", async () => {
  const { ledger, fault } = await openFaulty();
  await ledger.admit(admissionFixture("one"));
  fault.inSql = "COMMIT";
  await expect(ledger.settle(settlementFixture("one"))).rejects.toMatchObject({ code: "store_unavailable" });
  fault.inSql = null;
  expect(await ledger.getCall("one")).toMatchObject({ state: "held", status: null });
  await ledger.settle(settlementFixture("one"));
  expect(await ledger.getVaultKey("key", START)).toMatchObject({ heldMicros: 0, spentMicros: 1_000_000 });
  await ledger.close();
});

test("ping rejects while nothing can be written", async () => {
  const { ledger, fault } = await openFaulty();
  fault.inSql = "UPDATE ledger_clock";
  await expect(ledger.ping(START)).rejects.toMatchObject({ code: "store_unavailable" });
  fault.inSql = null;
  await ledger.ping(START);
  await ledger.close();
});

test("nobody hears of an admission before the disk has it", async () => {
  const { ledger, fault } = await openFaulty();
  const { promise, resolve } = Promise.withResolvers<void>();
  const heard: string[] = [];
  fault.sync = () => promise;
  const admitted = ledger.admit(admissionFixture("one")).then(() => heard.push("one"));
  const pinged = ledger.ping(START).then(() => heard.push("ping"));
  await new Promise((turn) => setTimeout(turn, 20));
  expect(heard).toEqual([]);
  resolve();
  await Promise.all([admitted, pinged]);
  expect(heard).toHaveLength(2);
  await ledger.close();
});

test("what the disk has not confirmed is built on by nobody until the next start", async () => {
  const { ledger, fault } = await openFaulty();
  fault.sync = async () => {
    throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
  };
  const lost = { code: "store_unavailable", message: expect.stringContaining("start again") };
  await expect(ledger.admit(admissionFixture("one"))).rejects.toMatchObject(lost);
  // A disk that has dropped what it could not write says so once alone.
  fault.sync = async () => {};
  await expect(ledger.admit(admissionFixture("two"))).rejects.toMatchObject(lost);
  await expect(ledger.settle(settlementFixture("one"))).rejects.toMatchObject(lost);
  await expect(ledger.ping(START)).rejects.toMatchObject(lost);
  await ledger.close();
});

test.each([
  ["a hold that no call has", "UPDATE books SET held_micros = held_micros + 1"],
  ["a posted counter that is too low", "UPDATE books SET posted_micros = posted_micros - 1"],
  ["an oldest posting that is not", "UPDATE books SET oldest_posted_at = 5"],
  [
    "a posting that is gone",
    "DELETE FROM postings; UPDATE books SET posted_micros = 0, oldest_posted_at = NULL",
  ],
  ["a posting of the wrong amount", "UPDATE postings SET micros = 99; UPDATE books SET posted_micros = 99"],
  ["a posting that no call made", "INSERT INTO postings SELECT id, 7, 1 FROM books"],
  [
    "a call whose hold is not counted",
    "UPDATE calls SET state = 'held', owner = 'x', posted_at = NULL, settled_by = NULL WHERE call_id = 'posted'",
  ],
])("verify finds %s", async (_, sql) => {
  const { ledger, exec } = await openFaulty();
  for (const callId of ["held", "posted"]) await ledger.admit(admissionFixture(callId));
  await ledger.settle(settlementFixture("posted"));
  expect((await ledger.verify(START)).problems).toEqual([]);
  exec(sql);
  const { problems } = await ledger.verify(START);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems[0]).toContain("vault key key");
  await ledger.close();
});

test("an admission that would make a damaged budget worse is rolled back", async () => {
  const { ledger, fault, exec } = await openFaulty();
  await ledger.admit(admissionFixture("one"));
  exec("UPDATE books SET held_micros = 0");
  // After a failure everything is read from the file again.
  fault.inSql = "BEGIN IMMEDIATE";
  await expect(ledger.ping(START)).rejects.toMatchObject({ code: "store_unavailable" });
  fault.inSql = null;
  await expect(ledger.settle(settlementFixture("one"))).rejects.toMatchObject({ code: "assertion_failed" });
  expect(await ledger.getCall("one")).toMatchObject({ state: "held" });
  await ledger.close();
});
