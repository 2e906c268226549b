import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { startProxy } from "@keybrake/proxy";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";

const METRICS_KEY = "metrics-key-of-prometheus";
const ROOT = new URL("../../", import.meta.url);

let proxy: Awaited<ReturnType<typeof start>>;
const start = () => startProxy({ metricsKey: METRICS_KEY });
let vaultKey: string;
beforeAll(async () => {
  proxy = await start();
  ({ vaultKey } = await makeHistory());
});
afterAll(() => proxy?.close());

async function metrics(key?: string, url = proxy.url): Promise<string> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return (await fetch(`${url}/metrics`, { headers })).text();
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly labels: ReadonlySet<string>;
}

/** Metric families by name, as the exposition text declares and shows them. */
function familiesOf(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; labels: Set<string> }>();
  const of = (name: string) => {
    const family = families.get(name) ?? { type: "", help: "", labels: new Set<string>() };
    families.set(name, family);
    return family;
  };
  for (const line of text.split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") of(name).help = rest;
    if (kind === "TYPE") of(name).type = rest;
    const sample = /^([a-z_:0-9]+)(?:\{(.*)\})? /i.exec(line);
    const base = sample?.[1]?.replace(/_(?:bucket|sum|count)$/, "");
    const family = families.get(sample?.[1] ?? "") ?? families.get(base ?? "");
    for (const [, label = ""] of (sample?.[2] ?? "").matchAll(/([a-z_]+)="/g)) family?.labels.add(label);
  }
  return families;
}

/** One call of each kind, a budget, and a wrong admin key. */
async function makeHistory() {
  await proxy.admin.budgets.create({ name: "team", daily_usd_cap: 100 });
  const { vault_key } = await proxy.admin.vaultKeys.create({ name: "t", role: "billing", budget: "team" });
  const call = (path: string, key: string | null, body?: string) =>
    fetch(`${proxy.url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${vault_key}`, ...(key === null ? {} : { "idempotency-key": key }) },
      ...(body === undefined ? {} : { body: new URLSearchParams(body) }),
    });
  const dollars = (amount: number) => `amount=${amount}00&currency=usd&source=tok_visa`;
  expect((await call("/v1/charges", "one", dollars(30))).status).toBe(200);
  expect((await call("/v1/charges", "one", dollars(30))).headers.get("idempotent-replayed")).toBe("true");
  expect((await call("/v1/charges", "two", dollars(71))).status).toBe(429);
  expect((await call("/v1/customers", null)).status).toBe(200);
  await fetch(`${proxy.url}/admin/budgets`, { headers: { authorization: "Bearer wrong" } });
  return { vaultKey: vault_key };
}

test("what an operator asks for is there, with units in its name, help, and no key", async () => {
  const text = await metrics(METRICS_KEY);
  for (const line of [
    'keybrake_calls_total{operation="charges.create",decision="replayed",code=""} 1',
    'keybrake_calls_total{operation="charges.create",decision="denied",code="spend_cap_exceeded"} 1',
    'keybrake_call_duration_seconds_count{kind="write"} 1',
    'keybrake_call_duration_seconds_count{kind="read"} 1',
    'keybrake_call_duration_seconds_count{kind="replayed"} 1',
    'keybrake_call_duration_seconds_count{kind="refused"} 1',
    'keybrake_upstream_duration_seconds_count{result="answer"} 2',
    'keybrake_admin_requests_total{status="401"} 1',
    'keybrake_unresolved_usd{state="held"} 0',
    'keybrake_budget_cap_usd{budget="team"} 100',
    'keybrake_budget_remaining_usd{budget="team"} 70',
    'keybrake_budget_held_usd{budget="team"} 0',
    "keybrake_store_up 1",
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(Number(/^keybrake_commit_operations_sum (\d+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(6);
  expect(text).toMatch(/^keybrake_commit_duration_seconds_count\{result="done"\} [1-9]/m);
  for (const [name, { type, help }] of familiesOf(text)) {
    expect(name, name).toMatch(/^keybrake_/);
    expect(help, name).not.toBe("");
    if (name.startsWith("keybrake_nodejs_") || name.startsWith("keybrake_process_")) continue;
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    if (type === "histogram") expect(name, name).toMatch(/_(?:seconds|operations)$/);
  }
  for (const secret of [vaultKey, proxy.adminKey, METRICS_KEY]) expect(text).not.toContain(secret);
});

test("names of budgets are for who has the metrics key or the admin key", async () => {
  for (const key of [undefined, "", "wrong", `${METRICS_KEY}x`]) {
    const text = await metrics(key);
    expect(text).toContain("keybrake_calls_total");
    expect(text).not.toContain("budget");
  }
  for (const key of [METRICS_KEY, proxy.adminKey]) expect(await metrics(key)).toContain('{budget="');
});

test("of many budgets, the hundred that are closest to their caps", async () => {
  const other = await startProxy();
  onTestFinished(() => other.close());
  for (let index = 0; index < 130; index++)
    await other.admin.budgets.create({ name: `b${index}`, daily_usd_cap: index });
  const { vault_key } = await other.admin.vaultKeys.create({ name: "t", role: "billing", budget: "b129" });
  const body = new URLSearchParams("amount=100&currency=usd&source=tok_visa");
  const headers = { authorization: `Bearer ${vault_key}`, "idempotency-key": "one" };
  expect((await fetch(`${other.url}/v1/charges`, { method: "POST", headers, body })).status).toBe(200);
  const lines = (await metrics(other.adminKey, other.url)).match(/^keybrake_budget_cap_usd\{.*$/gm) ?? [];
  expect(lines).toHaveLength(100);
  expect(lines).toContain('keybrake_budget_cap_usd{budget="b129"} 129');
  expect(lines).not.toContain('keybrake_budget_cap_usd{budget="b0"} 0');
});

test("reading metrics reads the books a bounded number of times, however many ask", async () => {
  let looks = 0;
  const other = await startProxy({
    ledger: (opened) => ({
      ...opened,
      sumUnresolved: (filter) => {
        looks += 1;
        return opened.sumUnresolved(filter);
      },
    }),
  });
  onTestFinished(() => other.close());
  const begun = performance.now();
  await Promise.all(Array.from({ length: 100 }, () => metrics(undefined, other.url)));
  expect(looks).toBeLessThanOrEqual(2 + (performance.now() - begun) / 250);
});

test("a store that fails is a figure, and the other figures stay readable", async () => {
  const other = await startProxy({
    ledger: (opened) => ({ ...opened, sumUnresolved: () => Promise.reject(new Error("gone")) }),
  });
  onTestFinished(() => other.close());
  const text = await metrics(undefined, other.url);
  expect(text).toContain("keybrake_store_up 0\n");
  expect(text).toContain("keybrake_calls_in_flight 0");
});

/** Every expression that somebody is given to use: of the dashboard, and of the alarms. */
async function expressions(): Promise<readonly [where: string, expression: string][]> {
  const dashboard = JSON.parse(await readFile(new URL("deploy/grafana/keybrake.json", ROOT), "utf8"));
  const panels = (dashboard.panels as { title: string; targets?: { expr: string }[] }[]).flatMap(
    ({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr]),
  );
  const alarms = await readFile(new URL("deploy/prometheus/alerts.yml", ROOT), "utf8");
  const rules = [...alarms.matchAll(/alert: (\w+)\n\s+expr: (.+)/g)];
  return [...panels, ...rules.map(([, name = "", expr = ""]): [string, string] => [name, expr])];
}

test("every expression of the dashboard and of the alarms names metrics and labels that there are", async () => {
  const families = familiesOf(await metrics(METRICS_KEY));
  const own = new Set(["job", "instance", "le"]);
  const all = await expressions();
  expect(all.length).toBeGreaterThan(25);
  for (const [where, expression] of all) {
    const names = [...expression.matchAll(/\b(keybrake_[a-z0-9_]+)/g)].map(([, name = ""]) => name);
    expect(names.length, where).toBeGreaterThan(0);
    const labels = new Set(own);
    for (const name of names) {
      const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ""));
      expect(family, `${where}: ${name}`).toBeDefined();
      if (family?.type === "histogram") expect(name, where).toMatch(/_(?:bucket|sum|count)$/);
      for (const label of family?.labels ?? []) labels.add(label);
    }
    const used = [
      ...[...expression.matchAll(/\bby \(([^)]+)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/)),
      ...[...expression.matchAll(/([a-z_]+)(?:=~|!=|!~|=)"/g)].map(([, label = ""]) => label),
    ];
    for (const label of used) expect([...labels], `${where}: ${label}`).toContain(label);
  }
});

test("each alarm says in docs/production.md what to do", async () => {
  const alarms = (await expressions()).map(([name]) => name).filter((name) => /^Keybrake[A-Z]/.test(name));
  const page = await readFile(new URL("docs/production.md", ROOT), "utf8");
  expect(alarms.length).toBeGreaterThan(5);
  for (const alarm of alarms) expect(page).toContain(`\`${alarm}\``);
});

test("a proxy more in a process gathers the process's figures no second time: what gathers them never ends", async () => {
  // As the library has it, which takes it for each set of figures.
  const gathering = vi.spyOn(createRequire(import.meta.url)("node:perf_hooks"), "monitorEventLoopDelay");
  onTestFinished(() => gathering.mockRestore());
  const second = await start();
  onTestFinished(() => second.close());
  expect(gathering).not.toHaveBeenCalled();
  expect(await metrics(undefined, second.url)).toContain("\nkeybrake_nodejs_eventloop_lag_p99_seconds ");
});
