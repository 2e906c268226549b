import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type RunningCli, runCli, runHere, startCli, temporaryFolder } from "./test-support.ts";

interface DevOutput {
  readonly url: string;
  readonly emulator_url: string;
  readonly env: Readonly<Record<string, string>>;
}

let folder: string;
let proxy: RunningCli;
let dev: DevOutput;

/** What `beforeAll` started, ended in reverse. */
const cleanups: (() => unknown)[] = [];
const atEnd = (cleanup: () => unknown) => void cleanups.unshift(cleanup);

/** Against one `keybrake dev` for the whole file; each test works with keys of its own. */
beforeAll(async () => {
  folder = await temporaryFolder(atEnd);
  const rates = join(folder, "rates.json");
  await writeFile(rates, JSON.stringify({ eur: "1.08505" }));
  proxy = startCli(["dev", "--port", "0", "--rates", rates, "--json"], {
    cwd: folder,
    env: { TMPDIR: folder },
    onEnd: atEnd,
  });
  const [line] = await proxy.waitFor(/^.+\n/);
  dev = JSON.parse(line) as DevOutput;
});

afterAll(async () => {
  proxy.process.kill("SIGTERM");
  await proxy.ended;
  for (const cleanup of cleanups) await cleanup();
});

const here = (...argv: string[]) => runHere(argv, { env: dev.env });

/** stdout as JSON, of a command that must succeed. */
async function json<T>(...argv: string[]): Promise<T> {
  const { code, stdout, stderr } = await here(...argv, "--json");
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

interface Call {
  readonly path?: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly key: string;
  readonly run?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function call(made: Call): Promise<number> {
  const { path = "/v1/charges", amount = 1200, currency = "usd", key, run = "run_1", headers } = made;
  const response = await fetch(`${dev.url}/stripe${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "idempotency-key": `test-${crypto.randomUUID()}`,
      "x-agent-name": "billing",
      "x-agent-run-id": run,
      ...headers,
    },
    body: new URLSearchParams({ amount: String(amount), currency, source: "tok_visa" }),
  });
  return response.status;
}

interface Issued {
  readonly id: string;
  readonly vault_key: string;
}

function issue(...flags: string[]): Promise<Issued> {
  return json("keys", "create", "--name", "test", "--role", "billing", "--daily-usd-cap", "100", ...flags);
}

function widest(text: string): number {
  return Math.max(...text.split("\n").map((line) => line.length));
}

function expectNoSecrets(text: string): void {
  expect(text).not.toMatch(/\b(?:vk|sk|rk)_(?:test|live|sim)_\w/);
  expect(text).not.toContain(dev.env.KEYBRAKE_ADMIN_KEY);
}

describe("keys", () => {
  test("every flag reaches the policy", async () => {
    await json("budgets", "create", "flags", "--daily-usd-cap", "50");
    await json("budgets", "create", "more", "--usd-cap", "90", "--window", "lifetime");
    const issued = await json<{ policy: unknown; expires_at: string; id: string }>(
      ...["keys", "create", "--name", "all flags", "--allow", "charges.create", "--allow", "customers.*"],
      ...["--daily-usd-cap", "12.50", "--expires-in", "1h", "--max-usd-per-call", "5", "--currency", "usd"],
      ...["--currency", "eur", "--customer", "cus_demo_alice", "--account", "acct_1", "--max-calls", "9"],
      ...[
        "--rate-per-minute",
        "8",
        "--budget",
        "flags",
        "--budget",
        "more",
        "--assume-usd",
        "quotes.accept=500",
        "--assume-usd",
        "billingPortal.sessions.create=0",
        "--allow-raw-cards",
        "--simulate",
        "--unpaid-intents",
        "hold",
        "--dedupe",
        "act",
        "--act-window",
        "12h",
        "--act-includes",
        "description",
        "--enforcement",
        "observe",
        "--cap-status",
        "402",
      ],
      ...["--approve-above-usd", "4.50", "--ask-at", "80", "--approve-operation", "charges.create"],
      ...["--approve-operation", "customers.*", "--approval-expires-in", "90m"],
      ...["--bind-run", "run_9"],
      ...["--label", "team=pay=ments", "--label", "env=dev"],
    );
    expect(issued.policy).toEqual({
      allowed_operations: ["charges.create", "customers.*"],
      daily_usd_cap: 12.5,
      budgets: ["flags", "more"],
      max_usd_per_call: 5,
      currencies: ["usd", "eur"],
      customers: ["cus_demo_alice"],
      stripe_accounts: ["acct_1"],
      max_calls: 9,
      rate_per_minute: 8,
      simulate: true,
      dedupe: "act",
      act_window: "12h",
      act_includes: ["description"],
      enforcement: "observe",
      cap_status: 402,
      unpaid_intents: "hold",
      assume_usd: { "quotes.accept": 500, "billingPortal.sessions.create": 0 },
      allow_raw_cards: true,
      bind: { run_id: "run_9", conversation_id: null },
      may_delegate: null,
      approval: {
        ...{ above_usd: 4.5, ask_at: 80, operations: ["charges.create", "customers.*"], expires_in: "90m" },
      },
    });
    const shown = await json<{ labels: unknown; created_at: string }>("keys", "show", issued.id);
    expect(shown.labels).toEqual({ team: "pay=ments", env: "dev" });
    expect(Date.parse(issued.expires_at) - Date.parse(shown.created_at)).toBe(3_600_000);
    const text = await here("keys", "show", issued.id);
    expect(widest(text.stdout)).toBeLessThanOrEqual(80);
    expect(text.stdout).toMatch(/^daily cap +\$12\.50 in any 24 h$/m);
    expect(text.stdout).toMatch(/^shared budgets +flags, more$/m);
    expect(text.stdout).toMatch(/^vendor +stripe\naccount +default$/m);
    expect(text.stdout).toMatch(/^connected +acct_1$/m);
    expect(text.stdout).toMatch(/^card numbers +allowed$/m);
    expect(text.stdout).toMatch(/^assumed +quotes\.accept \$500\.00, billingPortal/m);
    expectNoSecrets(text.stdout);
  });

  test("create prints the key alone on stdout, and the rest beside it", async () => {
    const argv = ["keys", "create", "--name", "alone", "--role", "billing", "--daily-usd-cap", "5"];
    const { code, stdout, stderr } = await here(...argv);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^vk_test_[\w-]{43}\n$/);
    expect(stderr).toContain("only time");
    expect(stderr).toMatch(/^id +key_/m);
    expect(widest(stderr)).toBeLessThanOrEqual(80);
    expectNoSecrets(stderr);
    expect(await call({ key: stdout.trim(), amount: 500 })).toBe(200);
    expect(await call({ key: stdout.trim(), amount: 1 })).toBe(429);
  });

  test("list shows id, status, cap and what is spent, in 80 columns; --limit cuts it and says so", async () => {
    const { id, vault_key } = await issue();
    await call({ key: vault_key, amount: 2500 });
    const { stdout } = await here("keys", "list", "--limit", "0");
    expect(stdout).toMatch(new RegExp(`^${id} test +billing active +\\$\\d+\\.00 +\\$25\\.00$`, "m"));
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    const one = await here("keys", "list", "--limit", "1");
    expect(one.stdout.trim().split("\n")).toHaveLength(2);
    expect(one.stderr).toContain("more rows");
    const all = await json<{ data: { id: string }[] }>("keys", "list", "--limit", "0");
    expect(all.data.length).toBeGreaterThan(3);
    expectNoSecrets(stdout + one.stdout + JSON.stringify(all));
  });

  test("a live key's cap is changed, and the next call obeys it", async () => {
    const { id, vault_key } = await issue();
    expect(await call({ key: vault_key, amount: 9_000 })).toBe(200);
    expect(await call({ key: vault_key, amount: 9_000 })).toBe(429);
    const set = await here("keys", "set", id, "--daily-usd-cap", "200");
    expect(set.stdout).toMatch(new RegExp(`^${id} test +billing active +\\$200\\.00 +\\$90\\.00$`, "m"));
    expect(await call({ key: vault_key, amount: 9_000 })).toBe(200);
    const key = await json<object>("keys", "set", id, "--daily-usd-cap", "50");
    expect(key).toMatchObject({ policy: { daily_usd_cap: 50 }, spent: 180, remaining: 0 });
    expect(await call({ key: vault_key, amount: 1 })).toBe(429);
    expect(await json("keys", "show", id)).toMatchObject({ policy: { daily_usd_cap: 50 }, spent: 180 });
    expect((await here("keys", "set", id)).code).toBe(2);
    expect((await here("keys", "set", "key_none", "--daily-usd-cap", "1")).stderr).toContain("not_found");
  });

  test("revoke is obeyed by the next call and may be repeated", async () => {
    const { id, vault_key } = await issue();
    expect(await call({ key: vault_key })).toBe(200);
    expect((await here("keys", "revoke", id)).stdout).toContain(`Revoked ${id}`);
    expect(await call({ key: vault_key })).toBe(401);
    expect((await json<{ status: string }>("keys", "revoke", id)).status).toBe("revoked");
  });
});

describe("halting", () => {
  test("pause and resume are obeyed by the next call", async () => {
    const { id, vault_key } = await issue();
    expect((await here("keys", "pause", id)).stdout).toContain(`Paused ${id} (test)`);
    expect(await call({ key: vault_key })).toBe(401);
    expect((await here("keys", "show", id)).stdout).toMatch(/^status +paused[\s\S]*^paused +20/m);
    expect((await here("keys", "resume", id)).stdout).toContain("it is active");
    expect(await call({ key: vault_key })).toBe(200);
  });

  test("rotate prints the new key alone on stdout, and the one before is refused", async () => {
    const { id, vault_key } = await issue();
    const { code, stdout, stderr } = await here("keys", "rotate", id);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^vk_test_[\w-]{43}\n$/)]);
    expectNoSecrets(stderr);
    expect(stderr).toContain("The key before is refused from now on.");
    expect([await call({ key: vault_key }), await call({ key: stdout.trim() })]).toEqual([401, 200]);
    const { stderr: overlap } = await here("keys", "rotate", id, "--overlap", "10m");
    expect(overlap).toContain("The key before works until 20");
    expect(await call({ key: stdout.trim() })).toBe(200);
  });

  test("stop needs --yes for everything, says what it stops, and is undone by resume", async () => {
    const { vault_key } = await issue("--label", "team=halted");
    expect((await here("stop")).code).toBe(2);
    const some = await here("stop", "--label", "team=halted", "--reason", "odd");
    expect(some.stdout).toContain(
      "Stopped team=halted: every such call from now on is refused (1 usable key).",
    );
    expect(await call({ key: vault_key })).toBe(401);
    const everything = await json<{ id: string; keys: number }>("stop", "--yes");
    expect(everything.keys).toBeGreaterThan(3);
    const stops = await here("stops");
    expect(stops.stdout).toMatch(/ 1 +team=halted +odd *\n.* everything/);
    expect((await here("resume")).code).toBe(2);
    expect((await here("resume", everything.id)).stdout).toBe(`Resumed everything (${everything.id}).\n`);
    expect(await call({ key: vault_key })).toBe(401);
    await here("resume", "--all");
    expect(await call({ key: vault_key })).toBe(200);
    expect((await here("stops")).stderr).toBe("Nothing is stopped.\n");
  });

  test("keys are revoked by name and label, and all with --yes", async () => {
    const named = await issue("--name", "by-name");
    const labelled = await issue("--label", "team=revoked");
    const both = await issue("--name", "by-name", "--label", "team=revoked");
    const revoke = (...argv: string[]) => here("keys", "revoke", ...argv);
    expect((await revoke("--all")).code).toBe(2);
    expect((await revoke()).code).toBe(2);
    expect((await revoke(named.id, "--all", "--yes")).code).toBe(2);
    const one = await revoke("--name", "by-name", "--label", "team=revoked");
    expect(one.stdout.match(/Revoked/g)).toHaveLength(1);
    expect(await Promise.all([named, labelled, both].map((key) => call({ key: key.vault_key })))).toEqual([
      ...[200, 200, 401],
    ]);
    await revoke("--name", "by-name");
    expect((await revoke("--label", "team=revoked")).stdout).toContain(labelled.id);
    expect(await Promise.all([named, labelled].map((key) => call({ key: key.vault_key })))).toEqual([
      401, 401,
    ]);
    expect((await revoke("--name", "by-name")).stderr).toBe("No usable vault key is meant by that.\n");
  });
});

test("an admin key of a scope is made, used, listed, seen in the actions and revoked", async () => {
  const issued = await here("admin-keys", "create", "--name", "on-call", "--scope", "operator");
  expect(issued.stdout).toMatch(/^kbadmin_[\w-]{43}\n$/);
  expectNoSecrets(issued.stderr);
  const env = { ...dev.env, KEYBRAKE_ADMIN_KEY: issued.stdout.trim() };
  const { id } = await issue();
  expect((await runHere(["keys", "revoke", id], { env })).code).toBe(0);
  expect((await runHere(["keys", "create", "--name", "n", "--role", "audit"], { env })).stderr).toContain(
    "'operator' may not do this",
  );
  const listed = await here("admin-keys", "list");
  const [adminId = ""] = /^admin_\w+/m.exec(listed.stdout) ?? [];
  expect(listed.stdout).toMatch(/^admin_\w+ on-call +operator active/m);
  const done = await here("actions", "--by", adminId);
  expect(done.stdout).toMatch(/on-call +vault-keys\.revoke +key_.* 200/);
  expect(widest(done.stdout)).toBeLessThanOrEqual(80);
  expect(
    (await json<{ data: { code: string }[] }>("actions", "--limit", "1", "--by", adminId)).data,
  ).toMatchObject([{ action: "vault-keys.create", code: "scope_missing" }]);
  expect((await here("admin-keys", "revoke", adminId)).stdout).toBe(`Revoked ${adminId} (on-call).\n`);
  expect((await runHere(["keys", "list"], { env })).code).not.toBe(0);
});

test("budgets are made, shared, changed and listed", async () => {
  await here("budgets", "create", "team", "--daily-usd-cap", "20");
  const { vault_key } = await issue("--budget", "team");
  expect(await call({ key: vault_key, amount: 1500 })).toBe(200);
  expect(await call({ key: vault_key, amount: 1500 })).toBe(429);
  const set = await here("budgets", "set", "team", "--daily-usd-cap", "30.50");
  expect(set.stdout).toMatch(/^team +\$30\.50 24h +\$15\.00 +\$0\.00 +\$15\.50$/m);
  expect(await call({ key: vault_key, amount: 1500 })).toBe(200);
  const { stdout } = await here("budgets", "list");
  expect(stdout).toMatch(/^team +\$30\.50 24h +\$30\.00 +\$0\.00 +\$0\.50$/m);
  expect(widest(stdout)).toBeLessThanOrEqual(80);
  const { data } = await json<{ data: { name: string }[] }>("budgets", "list");
  expect(data.map(({ name }) => name)).toContain("team");
});

test("a budget has a window or a lifetime, and perhaps a parent that is charged as well", async () => {
  const parent = await json<object>("budgets", "create", "launch", "--usd-cap", "25", "--window", "lifetime");
  expect(parent).toMatchObject({ usd_cap: 25, window: "lifetime", daily_usd_cap: null, parent: null });
  await json("budgets", "create", "ads", "--usd-cap", "20", "--window", "30d", "--parent", "launch");
  const { vault_key } = await issue("--budget", "ads");
  expect(await call({ key: vault_key, amount: 1000, currency: "eur" })).toBe(200);
  const list = await here("budgets", "list");
  expect(list.stdout).toMatch(/^launch +\$25\.00 lifetime +\$10\.8505 +\$0\.00 +\$14\.1495$/m);
  expect(list.stdout).toMatch(/^ads +\$20\.00 30d +\$10\.8505 +\$0\.00 +\$9\.1495 launch$/m);
  expect(widest(list.stdout)).toBeLessThanOrEqual(80);
  // The parent's room is what is left.
  const set = await json<object>("budgets", "set", "ads", "--usd-cap", "100");
  expect(set).toMatchObject({ usd_cap: 100, window: "30d", remaining: 14.1495 });
  expect(await call({ key: vault_key, amount: 1415 })).toBe(429);
  expect(await call({ key: vault_key, amount: 1414 })).toBe(200);
});

describe("audit", () => {
  let issued: Issued;
  beforeAll(async () => {
    issued = await issue("--label", "team=pay", "--label", "env=dev");
    const headers = {
      "x-agent-conversation-id": "conv_a",
      "x-agent-turn": "7",
      "idempotency-key": "audit-a",
    };
    expect(await call({ key: issued.vault_key, run: "run_a", headers })).toBe(200);
    expect(await call({ key: issued.vault_key, run: "run_b", amount: 20_000 })).toBe(429);
    expect(await call({ key: issued.vault_key, run: "run_b", path: "/v1/refunds" })).toBe(403);
  });
  const audit = (...argv: string[]) => here("audit", "--key", issued.id, ...argv);

  test("the table has every call, newest first, in 80 columns", async () => {
    const { stdout } = await audit();
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    const lines = stdout.trim().split("\n");
    expect(lines.slice(2).map((line) => line.slice(9))).toEqual([
      expect.stringMatching(/^billing refunds\.create .*denied operation_not_allowed$/),
      expect.stringMatching(/^billing charges\.create +\$200\.00 denied spend_cap_exceeded$/),
      expect.stringMatching(/^billing charges\.create +\$12\.00 allowed posted$/),
    ]);
  });

  test.each([
    [
      ["--run", "run_b"],
      ["operation_not_allowed", "spend_cap_exceeded"],
    ],
    [
      ["--operation", "charges.create"],
      ["spend_cap_exceeded", null],
    ],
    [["--decision", "allowed"], [null]],
    [["--code", "spend_cap_exceeded"], ["spend_cap_exceeded"]],
    [["--conversation", "conv_a"], [null]],
    [["--conversation", "conv_b"], []],
    [["--turn", "7"], [null]],
    [["--turn", "8"], []],
    [["--idempotency-key", "audit-a"], [null]],
    [["--idempotency-key", "audit-b"], []],
    [["--state", "posted"], [null]],
    [
      ["--state", "none", "--label", "team=pay", "--label", "env=dev"],
      ["operation_not_allowed", "spend_cap_exceeded"],
    ],
    [["--label", "team=pay", "--label", "env=live"], []],
    [["--agent", "nobody"], []],
    [["--to", "1h"], []],
    [["--from", "1h", "--decision", "allowed"], [null]],
    [["--limit", "1"], ["operation_not_allowed"]],
    [
      ["--limit", "2", "--all"],
      ["operation_not_allowed", "spend_cap_exceeded", null],
    ],
  ])("%j", async (flags, codes) => {
    const { data } = await json<{ data: { code: string | null }[] }>("audit", "--key", issued.id, ...flags);
    expect(data.map(({ code }) => code)).toEqual(codes);
  });

  test("a call is found by the object that it made, in the table, as CSV and by its label", async () => {
    const [row] = (
      await json<{ data: { call_id: string; object_id: string }[] }>(
        "audit",
        "--key",
        issued.id,
        "--run",
        "run_a",
      )
    ).data;
    const byObject = ["--object", row?.object_id ?? ""];
    expect((await audit(...byObject)).stdout).toMatch(/\$12\.00 allowed posted$/m);
    expect((await audit("--object", "ch_none")).stderr).toContain("No calls match.");
    const csv = await here("audit", "--csv", "--label", "team=pay", ...byObject);
    expect(csv.stdout.trimEnd().split("\r\n")).toEqual([
      expect.anything(),
      expect.stringContaining(row?.call_id ?? ""),
    ]);
  });

  test("JSON rows have the run, agent, amount, decision and state of each call", async () => {
    const { data } = await json<{ data: unknown[] }>("audit", "--key", issued.id, "--run", "run_a");
    expect(data).toMatchObject([
      {
        run_id: "run_a",
        agent: "billing",
        conversation_id: "conv_a",
        turn: "7",
        vendor: "stripe",
        account: "default",
        labels: { team: "pay", env: "dev" },
        simulate: false,
        amount_minor: 1200,
        currency: "usd",
        usd_micros: 12_000_000,
        usd_cents: 1200,
        decision: "allowed",
        state: "posted",
        status: 200,
      },
    ]);
  });

  test("CSV has one header line and every field", async () => {
    const { stdout, stderr } = await audit("--csv");
    const lines = stdout.trimEnd().split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^call_id,at,/);
    expect(lines.filter((line) => line.startsWith("call_id"))).toHaveLength(1);
    expect(stderr).toBe("");
    const cut = await audit("--csv", "--limit", "2");
    expect(cut.stdout.trimEnd().split("\r\n")).toEqual(lines.slice(0, 3));
    expect(cut.stderr).toContain("more rows");
    expectNoSecrets(stdout);
  });

  test("--follow shows calls as they are answered and ends with 0 on Ctrl-C", async () => {
    const options = { cwd: folder, env: dev.env, onEnd: onTestFinished };
    const following = startCli(
      ["audit", "--follow", "--json", "--run", "run_live", "--label", "team=pay"],
      options,
    );
    const seen = following.waitFor(/"run_id":"run_live".*\n/);
    let done = false;
    void seen.finally(() => {
      done = true;
    });
    // Repeated, because the process takes a moment to connect.
    while (!done) {
      await call({ key: issued.vault_key, run: "run_live", amount: 100 });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await seen;
    following.process.kill("SIGINT");
    expect(await following.ended).toBe(0);
    for (const line of following.stdout().trim().split("\n")) {
      expect(JSON.parse(line)).toMatchObject({ run_id: "run_live" });
    }
    expectNoSecrets(following.stdout() + following.stderr());
  });
});

describe("exit codes", () => {
  test.each([
    [["keys", "show", "key_none"], 1, "not_found"],
    [["budgets", "set", "none", "--daily-usd-cap", "1"], 1, "not_found"],
    [["budgets", "set", "more", "--daily-usd-cap", "1"], 1, "request_invalid"],
    [["budgets", "set", "more"], 2, "usage"],
    [["budgets", "create", "x", "--usd-cap", "1"], 2, "usage"],
    [["budgets", "create", "x", "--window", "30d"], 2, "usage"],
    [["budgets", "create", "x", "--usd-cap", "1", "--window", "soon"], 1, "request_invalid"],
    [["budgets", "create", "x", "--daily-usd-cap", "1", "--window", "24h"], 2, "usage"],
    [["budgets", "create", "x", "--daily-usd-cap", "1", "--parent", "none"], 1, "budget_not_found"],
    [["audit", "--state", "gone"], 2, "usage"],
    [["audit", "--label", "team"], 2, "usage"],
    [["keys", "create", "--name", "x", "--allow", "nothing.real"], 1, "request_invalid"],
    [["keys", "create", "--name", "x", "--role", "billing"], 1, "budget_required"],
    [["keys", "create", "--name", "x", "--role", "boss"], 2, "usage"],
    [["keys", "create", "--name", "x"], 2, "usage"],
    [["keys", "create", "--role", "billing"], 2, "usage"],
    [["keys", "create", "--name", "x", "--role", "billing", "--assume-usd", "quotes.accept"], 2, "usage"],
    [
      ["keys", "create", "--name", "x", "--role", "billing", "--assume-usd", "no.operation=1"],
      1,
      "request_invalid",
    ],
    [["keys", "show", "vk_test_something"], 2, "usage"],
    [["audit", "--follow", "--csv"], 2, "usage"],
    [["audit", "--limit", "many"], 2, "usage"],
    [["audit", "--proxy-url", "nowhere"], 2, "usage"],
    [["nonsense"], 2, "usage"],
  ])("%j ends with %i", async (argv, code, errorCode) => {
    const text = await here(...argv);
    expect(text.code).toBe(code);
    expect(text.stdout).toBe("");
    expect(text.stderr).toMatch(/^error/);
    const asJson = await here(...argv, "--json");
    expect(asJson.code).toBe(code);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: errorCode } });
    expect(text.stderr + asJson.stdout).not.toContain("something");
  });

  test("a group without a command is a usage error that prints its help", async () => {
    const { code, stderr } = await here("keys");
    expect(code).toBe(2);
    expect(stderr).toContain("revoke [options] [id]");
  });

  test("a wrong or missing admin key", async () => {
    const wrong = await runHere(["keys", "list"], {
      env: { ...dev.env, KEYBRAKE_ADMIN_KEY: "x".repeat(32) },
    });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("error (invalid_admin_key)");
    const missing = await runHere(["keys", "list"], { env: {} });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("KEYBRAKE_ADMIN_KEY is not set");
  });

  test("no proxy at the address", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const env = { ...dev.env, KEYBRAKE_PROXY_URL: `http://127.0.0.1:${port}` };
    const list = await runCli(["budgets", "list", "--json"], { cwd: folder, env });
    expect(list.code).toBe(3);
    expect(list.stderr).toContain("Is it running?");
    expect(JSON.parse(list.stdout)).toMatchObject({ error: { code: "unreachable" } });
    const csv = await runHere(["audit", "--csv"], { env });
    expect([csv.code, csv.stdout]).toEqual([3, ""]);
    const blocked = await runHere(["keys", "list", "--proxy-url", "http://127.0.0.1:1"], { env });
    expect(blocked.code).toBe(3);
    expect(blocked.stderr).toContain("(bad port). Is it running?");
  });

  test.each([
    ["no code", (sent: string) => ({ error: { message: `wrong: ${sent}` } })],
    ["a code", (sent: string) => ({ error: { code: "wrong", message: `wrong: ${sent}` } })],
    ["no error", (sent: string) => sent],
  ])("somebody else in the proxy's place, who repeats the admin key with %s", async (_what, answer) => {
    const server = createServer((request, response) => {
      response.writeHead(401).end(JSON.stringify(answer(request.headers.authorization ?? "")));
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const adminKey = "an-admin-key-of-32-characters-xx";
    const env = { KEYBRAKE_ADMIN_KEY: adminKey, KEYBRAKE_PROXY_URL: `http://127.0.0.1:${port}` };
    for (const argv of [["audit", "--csv"], ["audit"], ["audit", "--follow"]]) {
      const { code, stdout, stderr } = await runHere(argv, { env });
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr).toMatch(
        /\(response_invalid\): What answers at http:\/\/127|\(wrong\): wrong: Bearer \[/,
      );
      expect(stderr).not.toContain(adminKey);
    }
  });

  test("a connection that is lost after sending does not claim that nothing happened", async () => {
    const server = createServer((request) => request.socket.destroy()).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const argv = ["budgets", "create", "lost", "--daily-usd-cap", "1"];
    const lost = await runHere(argv, {
      env: { ...dev.env, KEYBRAKE_PROXY_URL: `http://127.0.0.1:${port}` },
    });
    expect(lost.code).toBe(3);
    expect(lost.stderr).toContain("is unknown: look before you repeat it");
  });
});

test("every help text has examples and fits 80 columns", async () => {
  const commands = [
    [],
    ["serve"],
    ["dev"],
    ["emulator"],
    ["keys", "create"],
    ["keys", "list"],
    ["keys", "show"],
    ["keys", "revoke"],
    ["keys", "pause"],
    ["keys", "resume"],
    ["keys", "rotate"],
    ["admin-keys", "create"],
    ["admin-keys", "list"],
    ["admin-keys", "revoke"],
    ["actions"],
    ["stop"],
    ["stops"],
    ["resume"],
    ["keys", "set"],
    ["budgets", "list"],
    ["budgets", "create"],
    ["budgets", "set"],
    ["audit"],
    ["report"],
    ["receipt"],
    ["verify"],
    ["doctor"],
    ["completion"],
    ["crash-test"],
    ["roles"],
  ];
  for (const command of commands) {
    const { code, stdout } = await here(...command, "--help");
    expect(code).toBe(0);
    expect(stdout, command.join(" ")).toContain("Examples:");
    expect(widest(stdout), command.join(" ")).toBeLessThanOrEqual(80);
  }
});

test("the roles of the help are the roles of the table", async () => {
  const { data } = await json<{ data: { role: string }[] }>("roles");
  const { stdout } = await here("keys", "create", "--help");
  for (const { role } of data) expect(stdout).toContain(role);
});

test("the emulator runs alone until a signal", async () => {
  const options = { cwd: folder, onEnd: onTestFinished };
  const emulator = startCli(["emulator", "--port", "0"], options);
  const [, url] = await emulator.waitFor(/^keybrake emulator listening on (http:\S+)\n/);
  const response = await fetch(`${url}/v1/balance`, { headers: { authorization: "Bearer sk_test_any" } });
  expect(response.status).toBe(200);
  emulator.process.kill("SIGTERM");
  expect(await emulator.ended).toBe(0);
});

test("dev prints lines that a shell can run, and removes everything at the end", async () => {
  const cwd = await temporaryFolder(onTestFinished);
  const cli = startCli(["dev", "--port", "0"], { cwd, env: { TMPDIR: cwd }, onEnd: onTestFinished });
  const [text] = await cli.waitFor(/[\s\S]*keybrake audit\n$/);
  expect(await readdir(cwd)).toHaveLength(1);
  const variables = Object.fromEntries(
    [...text.matchAll(/^export (KEYBRAKE_[A-Z_]+)=([\w:/.-]+)$/gm)].map(([, name, value]) => [name, value]),
  );
  expect(Object.keys(variables)).toEqual([
    "KEYBRAKE_PROXY_URL",
    "KEYBRAKE_BILLING_VAULT_KEY",
    "KEYBRAKE_REFUND_VAULT_KEY",
    "KEYBRAKE_AUDIT_VAULT_KEY",
    "KEYBRAKE_ADMIN_KEY",
  ]);
  for (const line of text.split("\n")) expect(line).toMatch(/^(?:#|export |curl | {2}-|$)/);
  const keys = await runHere(["keys", "list"], { env: variables });
  expect(keys.stdout).toMatch(/dev-billing +billing active +\$100\.00/);
  cli.process.kill("SIGTERM");
  expect(await cli.ended).toBe(0);
  expect(await readdir(cwd)).toEqual([]);
});

test("the long-running process told no key beyond the ones that dev prints", () => {
  expect(proxy.stdout().trim().split("\n")).toHaveLength(1);
  expectNoSecrets(proxy.stderr());
});

test("what nobody knows is looked up and settled, or settled by hand", async () => {
  const armed = await fetch(`${dev.emulator_url}/_emulator/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "drop_after", operation: "charges.create", times: 2 }),
  });
  expect(armed.ok).toBe(true);
  const key = await json<{ vault_key: string }>(
    ...["keys", "create", "--name", "lost", "--role", "billing", "--daily-usd-cap", "100"],
  );
  for (const run of ["lost_1", "lost_2"]) expect(await call({ key: key.vault_key, run })).toBe(504);
  const open = await json<{ data: { call_id: string }[] }>("audit", "--state", "unknown");
  expect(open.data).toHaveLength(2);
  const id = open.data[0]?.call_id ?? "";
  expect((await here("calls", "settle", id, "--outcome", "posted")).code).toBe(2);
  const settled = await here("calls", "settle", id, "--outcome", "posted", "--reason", "seen", "--usd", "12");
  expect(settled.stdout).toBe(`Settled ${id}: posted $12.00.\n`);
  expect((await here("calls", "settle", id, "--outcome", "voided", "--reason", "no")).code).toBe(1);
  expect((await here("reconcile", "--dry-run")).stdout).toMatch(/charges\.create \$12\.00: unknown → posted/);
  expect(await json("reconcile")).toMatchObject({ data: [{ outcome: "posted", state: "unknown" }] });
  expect((await here("reconcile")).stderr).toContain("Nothing is unknown or awaiting.");
});
