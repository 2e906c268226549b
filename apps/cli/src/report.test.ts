import { setTimeout as delay } from "node:timers/promises";
import { type LocalProxy, startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CallTotals } from "./admin/sum-calls.ts";
import { parseMonth } from "./commands/report.ts";
import { renderReport } from "./format/report.ts";
import { auditRow, runHere } from "./test-support.ts";

let proxy: LocalProxy;
const MONTH = new Date().toISOString().slice(0, 7);

interface Call {
  readonly key: string;
  readonly agent: string;
  readonly run: string;
  readonly amount: number;
  readonly id: string;
  readonly path?: string;
}

async function call({ key, agent, run, amount, id, path = "/v1/charges" }: Call): Promise<number> {
  const response = await fetch(`${proxy.url}${path}`, {
    method: "POST",
    headers: {
      ...{ authorization: `Bearer ${key}`, "idempotency-key": id },
      ...{ "x-agent-name": agent, "x-agent-run-id": run },
    },
    body: new URLSearchParams({ amount: String(amount), currency: "usd", source: "tok_visa" }),
  });
  return response.status;
}

beforeAll(async () => {
  proxy = await startProxy();
  const issue = async (name: string, team: string, simulate = false) =>
    (
      await proxy.admin.vaultKeys.create({
        ...{ name, role: "billing", daily_usd_cap: 50, labels: { team }, simulate },
      })
    ).vault_key;
  const [june, sales, trial] = [
    await issue("june", "billing"),
    await issue("sales", "sales"),
    await issue("trial", "sales", true),
  ];
  const billing = { key: june, agent: "billing", run: "run_1" };
  expect(await call({ ...billing, amount: 1200, id: "a-1" })).toBe(200);
  expect(await call({ ...billing, amount: 1200, id: "a-1" })).toBe(200);
  expect(await call({ ...billing, amount: 900, id: "a-2" })).toBe(200);
  expect(await call({ ...billing, amount: 9900, id: "a-3" })).toBe(429);
  expect(await call({ ...billing, amount: 900, id: "a-4", path: "/v1/refunds" })).toBe(403);
  await proxy.emulator.addFault({ kind: "drop_after", operation: "charges.create", times: 1 });
  expect(await call({ key: sales, agent: "=sales", run: "run_2", amount: 700, id: "b-1" })).toBe(504);
  expect(await call({ key: trial, agent: "trial", run: "run_3", amount: 4000, id: "c-1" })).toBe(200);
});
afterAll(() => proxy.close());

const run = (...argv: string[]) =>
  runHere(argv, {
    env: { KEYBRAKE_PROXY_URL: proxy.url, KEYBRAKE_ADMIN_KEY: proxy.adminKey },
    sleep: (ms) => delay(ms),
  });

async function groups(...argv: string[]) {
  const { stdout, stderr, code } = await run("report", ...argv, "--json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

const BILLING = { moved_usd: 21, held_usd: 0, posted: 2, replayed: 1, denied: 2, calls: 5 };
const SALES = { moved_usd: 0, held_usd: 7, posted: 0, replayed: 0, denied: 0, calls: 1 };

describe("what moved is what is posted: no refusal, no replay, nothing simulated", () => {
  test.each([
    ["agent", "billing", "=sales"],
    ["run", "run_1", "run_2"],
    ["label.team", "billing", "sales"],
  ])("by %s", async (by, first, second) => {
    const { data, total } = await groups("--by", by, "--month", MONTH);
    expect(data).toEqual([
      { name: first, ...BILLING },
      { name: second, ...SALES },
    ]);
    expect(total).toEqual({ moved_usd: 21, held_usd: 7, posted: 2, replayed: 1, denied: 2, calls: 6 });
  });

  test("by key, whose names need not differ; by operation", async () => {
    const { data } = await groups("--by", "key");
    expect(data[0]).toMatchObject({ name: expect.stringMatching(/^june key_/), ...BILLING });
    const byOperation = await groups("--by", "operation");
    expect(byOperation.data.map(({ name }: { name: string }) => name)).toEqual([
      "charges.create",
      "refunds.create",
    ]);
  });

  test("by a label that no key has, all are one", async () => {
    const { data } = await groups("--by", "label.none");
    expect(data).toMatchObject([{ name: null, moved_usd: 21, held_usd: 7 }]);
  });

  test("of one label's keys, and of a time in which nothing was", async () => {
    expect((await groups("--by", "agent", "--label", "team=sales")).data).toEqual([
      { name: "=sales", ...SALES },
    ]);
    expect(await groups("--by", "agent", "--month", "2020-02")).toEqual({
      ...{ by: "agent", from: "2020-02-01T00:00:00.000Z", to: "2020-03-01T00:00:00.000Z", data: [] },
      total: { moved_usd: 0, held_usd: 0, posted: 0, replayed: 0, denied: 0, calls: 0 },
    });
  });

  test("each row of the audit log says what it moved, and they add up", async () => {
    const { data } = await proxy.admin.audit.list();
    expect(data.reduce((sum, { moved_usd }) => sum + moved_usd, 0)).toBe(21);
    // A sum over cents of all rows is far more.
    expect(data.reduce((sum, { usd_cents }) => sum + usd_cents, 0)).toBeGreaterThan(15_000);
    const { stdout } = await run("audit", "--csv", "--all");
    const [header = "", ...lines] = stdout.trimEnd().split("\r\n");
    const column = header.split(",").indexOf("moved_usd");
    expect(column).toBeGreaterThan(0);
    expect(lines).toHaveLength(7);
  });
});

test("the table has a line for each and one for all, in 80 columns", async () => {
  const { stdout } = await run("report", "--by", "agent", "--month", MONTH);
  expect(stdout).toMatch(/^\d{4}-\d\d-01T00:00 to \d{4}-\d\d-01T00:00 UTC\n/);
  expect(stdout.split("\n").slice(1)).toEqual([
    "agent    moved  held posted replayed denied calls",
    "billing $21.00 $0.00      2        1      2     5",
    "=sales   $0.00 $7.00      0        0      0     1",
    "all     $21.00 $7.00      2        1      2     6",
    "",
  ]);
});

test("CSV runs no formula of an agent's that names itself one", async () => {
  const { stdout } = await run("report", "--by", "agent", "--csv");
  expect(stdout).toBe(
    "agent,moved_usd,held_usd,posted,replayed,denied,calls\r\nbilling,21,0,2,1,2,5\r\n'=sales,0,7,0,0,0,1\r\n",
  );
});

test("a month is of UTC, to its last moment", () => {
  expect(parseMonth("2026-12")).toEqual({ from: "2026-12-01T00:00:00.000Z", to: "2027-01-01T00:00:00.000Z" });
  expect(() => parseMonth("2026-13")).toThrow("2026-06");
});

test("calls that share a row are counted, and long names leave the numbers whole", () => {
  const totals = new CallTotals({ kind: "agent" });
  totals.add(auditRow({ call_id: "1", agent: "x".repeat(200), usd_micros: 9_999_999_990_000 }));
  totals.add(auditRow({ call_id: "2", agent: null, decision: "denied", state: "none", times: 412 }));
  const { groups: found, total } = totals;
  expect(total).toMatchObject({ denied: 412, calls: 413, posted: 1 });
  const text = renderReport(
    { by: "agent", ...parseMonth("2026-06"), groups: found, total },
    undefined,
    (_format, shown) => shown,
  );
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain("$9999999.99");
  expect(text).toContain("(none)");
});

test.each([
  [["report"]],
  [["report", "--by", "colour"]],
  [["report", "--by", "agent", "--month", "June"]],
  [["report", "--by", "agent", "--month", "2026-06", "--from", "7d"]],
])("%j is a usage error", async (argv) => {
  expect((await run(...argv)).code).toBe(2);
});

describe("keys list", () => {
  const names = async (...argv: string[]) => {
    const { stdout, code } = await run("keys", "list", ...argv, "--json");
    expect(code).toBe(0);
    return (JSON.parse(stdout).data as { name: string }[]).map(({ name }) => name);
  };

  test("filters by name, role, label and status", async () => {
    expect(await names("--name", "JUN")).toEqual(["june"]);
    expect(await names("--label", "team=sales")).toEqual(["trial", "sales"]);
    expect(await names("--role", "refund")).toEqual([]);
    const { data } = await proxy.admin.vaultKeys.list();
    const { id } = await proxy.admin.vaultKeys.create({ name: "gone", role: "audit", daily_usd_cap: 0 });
    await proxy.admin.vaultKeys.revoke(id);
    expect(await names("--status", "revoked")).toEqual(["gone"]);
    expect(await names("--status", "active")).toHaveLength(data.length);
    expect(await names("--status", "active", "--limit", "2")).toHaveLength(2);
    expect((await run("keys", "list", "--name", "nobody")).stderr).toBe("No vault keys match.\n");
  });
});
