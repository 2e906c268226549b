import { execFileSync } from "node:child_process";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LedgerError, storeFault } from "@keybrake/ledger";
import { startProxy } from "@keybrake/proxy";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./served-proxy.ts";
import { UPSTREAM_KEY } from "./stack.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-ready-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function readiness(url: string) {
  const response = await fetch(`${url}/readyz`);
  return { code: response.status, ...((await response.json()) as { status: string; reason?: string }) };
}

/** What SQLite itself says of each: a full disk by its page limit, one that is read-only by its pragma. */
test.each([
  ["full", "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(100000))"],
  ["read_only", "PRAGMA query_only = ON", "INSERT INTO t VALUES (1)"],
])("a store that is %s says so, by SQLite's own code, and nothing else", (fault, cause, write) => {
  const database = new DatabaseSync(":memory:");
  database.exec(`CREATE TABLE t (v); ${cause}`);
  let error: unknown;
  try {
    database.exec(write);
  } catch (thrown) {
    error = new LedgerError("store_unavailable", "…", { cause: thrown });
  }
  expect(storeFault(error)).toBe(fault);
});

test.each([
  ["53100", "full"],
  ["25006", "read_only"],
  ["57P01", "unreachable"],
  ["08006", "unreachable"],
  ["ECONNREFUSED", "unreachable"],
  ["CONNECT_TIMEOUT", "unreachable"],
  ["EROFS", "read_only"],
  ["XX001", "corrupt"],
  ["42P01", "failing"],
])("an error %s of the system or of Postgres, however wrapped, is a store that is %s", (code, fault) => {
  const cause = Object.assign(new Error("to db.internal as root failed"), { code });
  const wrapped = new Error("in doubt", { cause });
  expect(storeFault(new LedgerError("store_unavailable", "…", { cause: wrapped }))).toBe(fault);
});

test("an error that is its own cause is a failing store, and no endless loop", () => {
  const error = new Error("round");
  error.cause = error;
  expect(storeFault(error)).toBe("failing");
});

test("a store that is gone: the reason is said, and nothing of where it was", async () => {
  const store = join(await newFolder(), "books.db");
  await using proxy = await startProxy({
    stripeSecretKey: UPSTREAM_KEY,
    stripeUrl: "http://127.0.0.1:9",
    store,
  });
  expect(await readiness(proxy.url)).toEqual({ code: 200, status: "ok" });
  await rename(store, `${store}.away`);
  expect(await readiness(proxy.url)).toEqual({ code: 503, status: "unavailable", reason: "store_gone" });
  await rename(`${store}.away`, store);
  expect(await readiness(proxy.url)).toEqual({ code: 200, status: "ok" });
});

test("a disk without room, and then with room again: not ready, then ready", async () => {
  const store = join(await newFolder(), "books.db");
  const proxy = await serve({
    ...{
      port: 0,
      store,
      stripeUrl: "http://127.0.0.1:9",
      credential: UPSTREAM_KEY,
      adminKey: "a".repeat(32),
    },
  });
  onTestFinished(() => proxy.kill());
  // No file of that process may grow: SQLite hears of it as it does of a disk that fails.
  const limit = (bytes: string) =>
    execFileSync("prlimit", ["--pid", String(proxy.process.pid), `--fsize=${bytes}:unlimited`]);
  expect((await readiness(proxy.url)).code).toBe(200);
  limit("4096");
  expect(await readiness(proxy.url)).toEqual({ code: 503, status: "unavailable", reason: "store_failing" });
  expect((await fetch(`${proxy.url}/healthz`)).status).toBe(200);
  limit("unlimited");
  expect((await readiness(proxy.url)).code).toBe(200);
});

test("looks at the store are shared and apart, however many ask", async () => {
  let looks = 0;
  await using proxy = await startProxy({
    ledger: (opened) => ({
      ...opened,
      ping: async (now) => {
        looks += 1;
        await opened.ping(now);
      },
    }),
  });
  const before = performance.now();
  const asked = Array.from({ length: 200 }, () => readiness(proxy.url));
  for (const answer of await Promise.all(asked)) expect(answer.status).toBe("ok");
  const most = 2 + (performance.now() - before) / 100;
  expect(looks).toBeLessThanOrEqual(most);
});
