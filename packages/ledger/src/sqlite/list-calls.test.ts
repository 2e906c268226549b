import { expect, test } from "vitest";
import { admissionFixture, START, settlementFixture, vaultKeyFixture } from "../../test/fixtures.ts";
import type { CallFilter } from "../requests.ts";
import { openNodeSqlite, type SqliteDriver, type SqliteValue } from "./driver.ts";
import { openSqliteLedger } from "./open.ts";

/** A ledger of a few calls, and how SQLite would run the list that a filter asks for. */
async function openWatched() {
  let driver: SqliteDriver | undefined;
  const asked: { sql: string; values: readonly SqliteValue[] }[] = [];
  const ledger = await openSqliteLedger({
    path: ":memory:",
    driver: (path) => {
      const real = openNodeSqlite(path);
      driver = real;
      return {
        ...real,
        prepare: <Row>(sql: string) => {
          const statement = real.prepare<Row>(sql);
          return {
            ...statement,
            all: (...values) => {
              asked.push({ sql, values });
              return statement.all(...values);
            },
          };
        },
      };
    },
  });
  await ledger.createVaultKey({ ...vaultKeyFixture("key"), labels: { team: "payments" } });
  for (let index = 0; index < 50; index++) {
    const request = admissionFixture(`c${index}`);
    await ledger.admit({ ...request, facts: { ...request.facts, labels: { team: "payments" } } });
  }
  await ledger.settle(settlementFixture("c1"));
  return {
    ledger,
    planOf: async (filter: CallFilter): Promise<string[]> => {
      await ledger.listCalls(filter, { limit: 10 });
      const { sql = "", values = [] } = asked.at(-1) ?? {};
      const rows = driver?.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values) ?? [];
      return rows.map(({ detail }) => detail);
    },
  };
}

test("every filter that can be rare is found by an index, in the list's order", async () => {
  const { ledger, planOf } = await openWatched();
  const indexes: [CallFilter, RegExp][] = [
    [{ runId: "x" }, /USING INDEX calls_run \(run_id=\? AND rowid/],
    [{ conversationId: "x" }, /USING INDEX calls_conversation \(conversation_id=\? AND rowid/],
    [{ turn: "x" }, /USING INDEX calls_turn \(turn=\? AND rowid/],
    [{ idempotencyKey: "x" }, /USING INDEX calls_idempotency_key \(idempotency_key=\? AND rowid/],
    [{ objectId: "x" }, /USING INDEX calls_object \(object_id=\? AND sequence/],
    [{ code: "x" }, /USING INDEX calls_code \(code=\? AND rowid/],
    [{ state: "unknown" }, /USING INDEX calls_state \(state=\? AND rowid/],
    [{ state: "posted" }, /USING INDEX calls_state \(state=\? AND rowid/],
    [{ decision: "denied" }, /USING INDEX calls_decision \(decision=\? AND rowid/],
    [{ labels: { team: "x", env: "y" } }, /SEARCH l USING PRIMARY KEY \(name=\? AND value=\? AND call/],
    // The rarer one leads, whatever else is asked for.
    [{ objectId: "x", state: "posted", turn: "1", code: "y" }, /calls_object/],
    [{ idempotencyKey: "x", vaultKeyId: "key", labels: { team: "x" } }, /calls_idempotency_key/],
    [{ conversationId: "x", turn: "1", decision: "denied", from: START }, /calls_conversation/],
  ];
  for (const [filter, index] of indexes) {
    const plan = await planOf(filter);
    expect(plan[0], JSON.stringify(filter)).toMatch(index);
    expect(plan.join("\n")).not.toMatch(/TEMP B-TREE|SCAN/);
  }
  expect((await planOf({ vaultKeyId: "key", state: "posted" })).join("\n")).not.toMatch(
    /TEMP B-TREE|SCAN calls/,
  );
  await ledger.close();
});
