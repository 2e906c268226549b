import { createRun } from "@keybrake/core";
import type { VaultKey } from "@keybrake/ledger";
import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { createSessionTable } from "./sessions.ts";

function bench() {
  const time = { now: 1_000_000 };
  const closed: string[] = [];
  const table = createSessionTable(() => time.now);
  const add = (id: string, vaultKeyId: string, expiresAt = Number.MAX_SAFE_INTEGER) => {
    const connection = {
      handle: () => Promise.reject(new Error("not used")),
      close: async () => void closed.push(id),
    };
    const session = { id, vaultKeyId, run: createRun({ runId: id }), connection };
    table.add(session, { id: vaultKeyId, expiresAt } as VaultKey);
    return session;
  };
  return { time, closed, table, add };
}

test("there is a bound for one key and a bound for all", async () => {
  const { table, add } = bench();
  for (let index = 0; index < LIMITS.mcpSessions; index++) {
    const key = `key_${Math.floor(index / LIMITS.mcpSessionsPerKey)}`;
    expect(table.full(key)).toBe(null);
    add(`s${index}`, key);
  }
  expect(table.full("key_0")).toBe("key");
  expect(table.full("key_new")).toBe("all");
  await table.end("s0");
  expect(table.full("key_new")).toBe(null);
});

test("what is in use is not idle; what is left alone is ended at the bound and not before", async () => {
  const { time, closed, table, add } = bench();
  const used = add("used", "key_a");
  add("idle", "key_a");
  const done = table.use(used);
  time.now += LIMITS.mcpSessionIdleMs - 1;
  await table.sweep();
  expect(closed).toEqual([]);
  time.now += 1;
  await table.sweep();
  expect(closed).toEqual(["idle"]);
  expect(table.find("idle", "key_a")).toBe(null);
  done();
  time.now += LIMITS.mcpSessionIdleMs;
  await table.sweep();
  expect(closed).toEqual(["idle", "used"]);
});

test("a session outlives its key by the bound at most, in use or not; it ends with its key's others", async () => {
  const { time, closed, table, add } = bench();
  table.use(add("short", "key_a", time.now + 10));
  add("b1", "key_b");
  add("b2", "key_b");
  time.now += 10;
  await table.sweep();
  expect(table.find("short", "key_a")).not.toBe(null);
  time.now += LIMITS.mcpSessionIdleMs;
  table.use(table.find("b1", "key_b") ?? expect.unreachable());
  table.use(table.find("b2", "key_b") ?? expect.unreachable());
  await table.sweep();
  expect(closed).toEqual(["short"]);
  expect(table.find("b1", "key_a")).toBe(null);
  await table.endAllOf("key_b");
  expect(closed.toSorted()).toEqual(["b1", "b2", "short"]);
  add("c", "key_c");
  await table.endAll();
  expect(closed).toContain("c");
});
