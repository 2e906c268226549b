import { setTimeout as pause } from "node:timers/promises";
import { LIMITS } from "@keybrake/proxy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge, type Stack, startStack } from "./stack.ts";
import { openWire } from "./wire.ts";

const A_KEY = `sk_live_${"x".repeat(24)}`;

describe("the admin API", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  const create = (body: unknown) => stack.admin("/vault-keys", { method: "POST", body });
  const base = { name: "n", vendor: "stripe" };

  test("issues a key that is shown once, with the role's operations and an expiry", async () => {
    const { status, body } = await create({
      ...base,
      role: "billing",
      daily_usd_cap: 500,
      labels: { team: "a" },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^key_/),
      vault_key: expect.stringMatching(/^vk_test_[A-Za-z0-9_-]{43}$/),
      name: "n",
      role: "billing",
      policy: {
        allowed_operations: [
          "charges.create",
          "paymentIntents.create",
          "customers.retrieve",
          "customers.list",
        ],
        daily_usd_cap: 500,
        dedupe: "auto",
        act_window: "24h",
        act_includes: [],
        simulate: false,
      },
    });
    expect(Date.parse(body.expires_at) - Date.now()).toBeGreaterThan(86_000_000);
    const shown = await stack.admin(`/vault-keys/${body.id}`);
    expect(shown.body).toMatchObject({
      status: "active",
      spent: 0,
      held: 0,
      remaining: 500,
      calls: 0,
      labels: { team: "a" },
    });
    expect(JSON.stringify(shown.body)).not.toContain(body.vault_key);
  });

  test("takes the seeds' provisioning request as it is", async () => {
    const { status, body } = await create({
      name: "sk-billing-1a2b3c4d",
      vendor: "stripe",
      daily_usd_cap: 500.0,
      allowed_operations: ["charges.create", "customers.list"],
      expires_in_seconds: 3600,
    });
    expect(status).toBe(201);
    expect(body.policy.allowed_operations).toEqual(["charges.create", "customers.list"]);
  });

  test("simulate keys have a prefix of their own; python's spelling and globs are understood", async () => {
    const { body } = await create({
      ...base,
      simulate: true,
      daily_usd_cap: 1,
      allowed_operations: ["payment_intents.create", "customers.*"],
    });
    expect(body.vault_key).toMatch(/^vk_sim_/);
    expect(body.policy.allowed_operations).toEqual(["paymentIntents.create", "customers.*"]);
  });

  test.each([
    ["nothing that it allows", { ...base, daily_usd_cap: 1 }, "request_invalid", "allowed_operations"],
    [
      "an operation that does not exist",
      { ...base, daily_usd_cap: 1, allowed_operations: ["charges.refund"] },
      "request_invalid",
      "allowed_operations",
    ],
    [
      "everything",
      { ...base, daily_usd_cap: 1, allowed_operations: ["*.create"] },
      "request_invalid",
      "allowed_operations",
    ],
    ["money without a cap", { ...base, role: "billing" }, "budget_required", "daily_usd_cap"],
    [
      "money by a glob without a cap",
      { ...base, allowed_operations: ["refunds.*"] },
      "budget_required",
      "daily_usd_cap",
    ],
    ["an unknown field", { ...base, role: "audit", daily_cap: 5 }, "request_invalid", "daily_cap"],
    ["an unknown role", { ...base, role: "admin" }, "request_invalid", "role"],
    ["an unknown vendor", { name: "n", vendor: "twilio", role: "audit" }, "request_invalid", "vendor"],
    ["no name", { vendor: "stripe", role: "audit" }, "request_invalid", "name"],
    ["a negative cap", { ...base, role: "billing", daily_usd_cap: -1 }, "request_invalid", "daily_usd_cap"],
    [
      "a fraction of a millionth",
      { ...base, role: "billing", daily_usd_cap: 1.0000001 },
      "request_invalid",
      "daily_usd_cap",
    ],
    [
      "what would be rounded to nothing",
      { ...base, role: "billing", daily_usd_cap: 1e-10 },
      "request_invalid",
      "daily_usd_cap",
    ],
    ["half a character in its name", { ...base, role: "audit", name: "n\ud800" }, "request_invalid", "name"],
    ...["a\0b", "a\nb", "a\ud800"].map((label): [string, unknown, string, string] => [
      `a label that no filter can name (${JSON.stringify(label)})`,
      { ...base, role: "audit", labels: { [label]: "x" } },
      "request_invalid",
      `labels.${label}`,
    ]),
    [
      "a label with half a character",
      { ...base, role: "audit", labels: { team: "\ud800" } },
      "request_invalid",
      "labels.team",
    ],
    [
      "a text for a number",
      { ...base, role: "billing", daily_usd_cap: "500" },
      "request_invalid",
      "daily_usd_cap",
    ],
    [
      "an expiry of never",
      { ...base, role: "audit", expires_in_seconds: 0 },
      "request_invalid",
      "expires_in_seconds",
    ],
    [
      "a budget that does not exist",
      { ...base, role: "billing", budget: "none" },
      "budget_not_found",
      "budget",
    ],
    [
      "an id that is no customer's",
      { ...base, role: "audit", customers: ["cus_1", "acct_1"] },
      "request_invalid",
      "customers.1",
    ],
    [
      "an id that is no account's",
      { ...base, role: "audit", stripe_accounts: ["cus_1"] },
      "request_invalid",
      "stripe_accounts.0",
    ],
    ["a name that holds a key", { ...base, role: "audit", name: `for ${A_KEY}` }, "request_invalid", "name"],
    [
      "a label that holds a key",
      { ...base, role: "audit", labels: { team: A_KEY } },
      "request_invalid",
      "labels.team",
    ],
    [
      "a label whose name is a key",
      { ...base, role: "audit", labels: { [A_KEY]: "x" } },
      "request_invalid",
      "labels.[redacted]",
    ],
    [
      "an operation that is a key",
      { ...base, allowed_operations: [A_KEY] },
      "request_invalid",
      "allowed_operations",
    ],
  ])("refuses %s, and stores nothing", async (_what, body, code, param) => {
    const before = (await stack.admin("/vault-keys?limit=1000")).body.data.length;
    const answer = await create(body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.error).toMatchObject({ code, param, type: "invalid_request_error" });
    expect(JSON.stringify(answer.body)).not.toContain(A_KEY);
    expect((await stack.admin("/vault-keys?limit=1000")).body.data).toHaveLength(before);
  });

  test("a budget has no name that holds a key", async () => {
    const answer = await stack.admin("/budgets", {
      method: "POST",
      body: { name: A_KEY, daily_usd_cap: 5 },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: "request_invalid", param: "name" } },
    });
    expect(JSON.stringify(answer.body)).not.toContain(A_KEY);
  });

  test("a body that is too long is told how long one may be", async () => {
    const answer = await create({ ...base, role: "audit", name: "n".repeat(LIMITS.bodyBytes) });
    expect(answer.status).toBe(413);
    expect(answer.body.error).toMatchObject({
      code: "body_too_large",
      message: `A request body has at most ${LIMITS.bodyBytes} bytes.`,
    });
  });

  test("a refused body does not cost the next request its connection", async () => {
    const wire = await openWire(stack.port);
    const head = (length: number) =>
      `POST /admin/vault-keys HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${stack.adminKey}\r\n` +
      `content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    wire.send(head(LIMITS.bodyBytes + 1) + "n".repeat(LIMITS.bodyBytes + 1));
    await expect.poll(() => wire.received()).toContain("body_too_large");
    // Longer than the adapter waits before it cuts off a connection whose body nobody has read.
    await pause(700);
    wire.send(`${head(2)}{}`);
    await expect.poll(() => wire.received()).toContain("request_invalid");
    wire.socket.destroy();
  });

  test("a body that goes on without end is refused, and its connection ends", async () => {
    const wire = await openWire(stack.port);
    wire.send(
      `POST /admin/vault-keys HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${stack.adminKey}\r\n` +
        `content-type: application/json\r\ncontent-length: ${100 * LIMITS.bodyBytes}\r\n\r\nn`,
    );
    await expect.poll(() => wire.received(), { timeout: 5_000 }).toContain("body_too_large");
    await expect.poll(() => wire.ended(), { timeout: 5_000 }).toBe(true);
  });

  test("money is counted in millionths, so caps and figures have up to six decimals", async () => {
    const { status, body } = await create({
      ...base,
      role: "billing",
      daily_usd_cap: 12.345678,
      max_usd_per_call: 0.0079,
    });
    expect(status).toBe(201);
    expect(body.policy).toMatchObject({ daily_usd_cap: 12.345678, max_usd_per_call: 0.0079 });
    const sum = await create({ ...base, role: "billing", daily_usd_cap: 0.1 + 0.2 });
    expect(sum.body.policy).toMatchObject({ daily_usd_cap: 0.3 });
  });

  const manyLabels = Array.from({ length: 17 }, (_, index) => `label.l${index}=1`).join("&");
  test.each([
    ["a name of every object", "constructor=1", "constructor"],
    ["a label that no key can have", "label.a%00b=1", "label.a\0b"],
    ["more labels than a key has", manyLabels, "label"],
    ["a number for a time", "from=1", "from"],
    ["a time as people write it", "to=Nov+21", "to"],
    ["a time without its zone", "from=2026-06-01T12:00", "from"],
  ])("the audit log is not filtered by %s", async (_what, query, param) => {
    const { status, body } = await stack.admin(`/audit?${query}`);
    expect([status, body.error?.code, body.error?.param]).toEqual([400, "request_invalid", param]);
  });

  test.each(["2026-06", "2026-06-01", "2026-06-01T12:00:00.5Z", "2026-06-01T12:00%2B02:00"])(
    "the audit log is filtered by %s",
    async (time) => {
      expect((await stack.admin(`/audit?from=${time}`)).status).toBe(200);
    },
  );

  test("an audit key needs no cap", async () => {
    expect((await create({ ...base, role: "audit" })).status).toBe(201);
  });

  test("is closed without the admin key, with a wrong one, and with a vault key", async () => {
    const key = await stack.issue();
    for (const authorization of [
      undefined,
      "Bearer x",
      `Bearer ${stack.adminKey}x`,
      `Bearer ${key.vault_key}`,
      stack.adminKey,
    ]) {
      for (const path of [
        "/vault-keys",
        "/audit",
        "/budgets",
        "/openapi.json",
        "/audit/stream",
        "/nothing",
      ]) {
        const response = await fetch(
          `${stack.url}/admin${path}`,
          authorization === undefined ? {} : { headers: { authorization } },
        );
        expect(response.status, `${path} with ${authorization}`).toBe(401);
        expect(await response.json()).toMatchObject({ error: { code: "invalid_admin_key" } });
      }
    }
  });

  test("revokes at once, and again without harm", async () => {
    const key = await stack.issue();
    const first = await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    expect(first.body).toMatchObject({ status: "revoked" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge(stack, key.vault_key)));
    expect(new Set(answers.map((answer) => answer.body.error.code))).toEqual(new Set(["vault_key_revoked"]));
    const second = await stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });
    expect(second.body.revoked_at).toBe(first.body.revoked_at);
    expect((await stack.admin("/vault-keys/key_none/revoke", { method: "POST" })).status).toBe(404);
  });

  test("budgets: created once, listed, changed, obeyed by the next call", async () => {
    const name = "marketing";
    expect((await stack.admin("/budgets", { method: "POST", body: { name, daily_usd_cap: 5 } })).status).toBe(
      201,
    );
    const taken = await stack.admin("/budgets", { method: "POST", body: { name, daily_usd_cap: 9 } });
    expect(taken).toMatchObject({ status: 409, body: { error: { code: "budget_exists" } } });
    const key = await stack.issue({ role: "billing", budget: name });
    expect((await charge(stack, key.vault_key, { amount: 600 })).body.error.keybrake).toMatchObject({
      budget: name,
    });
    const raised = await stack.admin(`/budgets/${name}`, { method: "PATCH", body: { daily_usd_cap: 6 } });
    expect(raised.body).toMatchObject({ name, daily_usd_cap: 6, remaining: 6 });
    expect((await charge(stack, key.vault_key, { amount: 600 })).status).toBe(200);
    expect((await stack.admin("/budgets/none", { method: "PATCH", body: { daily_usd_cap: 6 } })).status).toBe(
      404,
    );
  });

  test("the audit log pages, filters, and comes as JSON lines and CSV", async () => {
    const key = await stack.issue();
    for (let index = 0; index < 5; index++) {
      await charge(
        stack,
        key.vault_key,
        {},
        { "x-agent-run-id": `run-${index % 2}`, "x-agent-name": '=cmd("x"),"y"' },
      );
    }
    await stack.call(key.vault_key, "GET", "/v1/balance");
    const mine = `vault_key_id=${key.id}`;
    const first = await stack.admin(`/audit?limit=4&${mine}`);
    expect(first.body.data).toHaveLength(4);
    const rest = await stack.admin(`/audit?limit=4&${mine}&cursor=${first.body.next_cursor}`);
    expect(rest.body).toMatchObject({ next_cursor: null });
    expect(new Set([...first.body.data, ...rest.body.data].map((row: any) => row.call_id)).size).toBe(6);
    expect((await stack.admin(`/audit?${mine}&run_id=run-0`)).body.data).toHaveLength(3);
    expect(
      (await stack.admin(`/audit?${mine}&decision=denied&code=operation_not_allowed`)).body.data,
    ).toHaveLength(1);
    expect((await stack.admin(`/audit?${mine}&to=2020-01-01T00:00:00Z`)).body.data).toHaveLength(0);
    expect((await stack.admin("/audit?limit=0")).body.error).toMatchObject({
      code: "request_invalid",
      param: "limit",
    });
    expect((await stack.admin("/audit?cursor=nonsense")).body.error).toMatchObject({
      code: "cursor_invalid",
    });
    expect((await stack.admin("/audit?colour=red")).body.error).toMatchObject({ code: "request_invalid" });
    const headers = { authorization: `Bearer ${stack.adminKey}` };
    const lines = await (await fetch(`${stack.url}/admin/audit?format=jsonl&${mine}`, { headers })).text();
    expect(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).vault_key_id),
    ).toEqual(Array(6).fill(key.id));
    const csv = await (await fetch(`${stack.url}/admin/audit?format=csv&${mine}`, { headers })).text();
    expect(csv.split("\r\n")[0]).toMatch(/^call_id,at,vault_key_id,vault_key_name,role,run_id,agent,/);
    // Formulas are defused, quotes doubled.
    expect(csv).toContain(`"'=cmd(""x""),""y"""`);
  });

  test("streams rows as they are answered", async () => {
    const key = await stack.issue();
    const controller = new AbortController();
    const response = await fetch(`${stack.url}/admin/audit/stream?vault_key_id=${key.id}`, {
      headers: { authorization: `Bearer ${stack.adminKey}` },
      signal: controller.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined) throw new Error("no stream");
    let text = "";
    const readMore = async () => {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended behind ${JSON.stringify(text)}`);
      text += value;
    };
    await readMore();
    const made = await charge(stack, key.vault_key);
    while (!text.includes("event: call")) await readMore();
    while (!text.endsWith("\n\n")) await readMore();
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? "";
    expect(JSON.parse(data)).toMatchObject({ object_id: made.body.id, state: "posted", status: 200 });
    controller.abort();
  });

  test("describes itself: every route, from the schemas that validate", async () => {
    const { body } = await stack.admin("/openapi.json");
    expect(Object.keys(body.paths).sort()).toEqual([
      "/admin/actions",
      "/admin/admin-keys",
      "/admin/admin-keys/{id}/revoke",
      "/admin/alerts",
      "/admin/alerts/deliveries",
      "/admin/alerts/{id}",
      "/admin/alerts/{id}/test",
      "/admin/approvals",
      "/admin/approvals/{id}",
      "/admin/approvals/{id}/approve",
      "/admin/approvals/{id}/deny",
      "/admin/audit",
      "/admin/audit/stream",
      "/admin/backup",
      "/admin/budgets",
      "/admin/budgets/{name}",
      "/admin/calls/{id}",
      "/admin/calls/{id}/settle",
      "/admin/me",
      "/admin/reconcile",
      "/admin/roles",
      "/admin/spend",
      "/admin/stop",
      "/admin/stops",
      "/admin/stops/{id}/resume",
      "/admin/vault-keys",
      "/admin/vault-keys/{id}",
      "/admin/vault-keys/{id}/pause",
      "/admin/vault-keys/{id}/resume",
      "/admin/vault-keys/{id}/revoke",
      "/admin/vault-keys/{id}/rotate",
    ]);
    expect(body.components.schemas.CreateVaultKey.additionalProperties).toBe(false);
    expect(Object.keys(body.components.schemas.AuditRow.properties)).toContain("upstream_request_id");
  });
});
