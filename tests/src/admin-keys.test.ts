import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

const SCOPES = ["admin", "operator", "issuer", "auditor"] as const;
type Scope = (typeof SCOPES)[number];

const EVERYBODY_BUT_ISSUERS: readonly Scope[] = ["admin", "operator", "auditor"];
const OPERATORS: readonly Scope[] = ["admin", "operator"];
const ADMINS: readonly Scope[] = ["admin"];

/** Who may, for every route of the API. What is not said here fails the test. */
const MAY: Readonly<Record<string, readonly Scope[]>> = {
  "post /admin/vault-keys": ["admin", "issuer"],
  "get /admin/vault-keys": EVERYBODY_BUT_ISSUERS,
  "get /admin/vault-keys/{id}": EVERYBODY_BUT_ISSUERS,
  "patch /admin/vault-keys/{id}": OPERATORS,
  "post /admin/vault-keys/{id}/revoke": OPERATORS,
  "post /admin/vault-keys/{id}/pause": OPERATORS,
  "post /admin/vault-keys/{id}/resume": OPERATORS,
  "post /admin/vault-keys/{id}/rotate": ADMINS,
  "post /admin/stop": OPERATORS,
  "get /admin/stops": EVERYBODY_BUT_ISSUERS,
  "post /admin/stops/{id}/resume": OPERATORS,
  "post /admin/admin-keys": ADMINS,
  "get /admin/admin-keys": EVERYBODY_BUT_ISSUERS,
  "post /admin/admin-keys/{id}/revoke": ADMINS,
  "get /admin/actions": EVERYBODY_BUT_ISSUERS,
  "post /admin/budgets": OPERATORS,
  "get /admin/budgets": EVERYBODY_BUT_ISSUERS,
  "get /admin/budgets/{name}": EVERYBODY_BUT_ISSUERS,
  "patch /admin/budgets/{name}": OPERATORS,
  "get /admin/audit": EVERYBODY_BUT_ISSUERS,
  "get /admin/audit/stream": EVERYBODY_BUT_ISSUERS,
  "get /admin/approvals": EVERYBODY_BUT_ISSUERS,
  "get /admin/approvals/{id}": EVERYBODY_BUT_ISSUERS,
  "post /admin/approvals/{id}/approve": OPERATORS,
  "post /admin/approvals/{id}/deny": OPERATORS,
  "post /admin/reconcile": OPERATORS,
  "post /admin/calls/{id}/settle": ADMINS,
  "get /admin/calls/{id}": EVERYBODY_BUT_ISSUERS,
  "get /admin/me": EVERYBODY_BUT_ISSUERS,
  "get /admin/roles": EVERYBODY_BUT_ISSUERS,
  "get /admin/spend": EVERYBODY_BUT_ISSUERS,
  "get /admin/backup": ADMINS,
  "post /admin/alerts": ADMINS,
  "get /admin/alerts": EVERYBODY_BUT_ISSUERS,
  "get /admin/alerts/deliveries": EVERYBODY_BUT_ISSUERS,
  "delete /admin/alerts/{id}": ADMINS,
  "post /admin/alerts/{id}/test": ADMINS,
};

const CEILING = {
  name: "at most",
  vendor: "stripe",
  role: "billing",
  daily_usd_cap: 50,
  expires_in_seconds: 3600,
};

describe("admin keys", () => {
  let stack: Stack;
  const keys = {} as Record<Scope, { id: string; admin_key: string }>;

  async function ask(
    adminKey: string,
    path: string,
    body?: unknown,
    method = body === undefined ? "GET" : "POST",
  ) {
    const response = await fetch(`${stack.url}/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json");
    return { status: response.status, body: isJson && text !== "" ? JSON.parse(text) : text };
  }
  const make = async (body: object) => (await ask(stack.adminKey, "/admin-keys", body)).body;
  const codeOf = ({ status, body }: { status: number; body: any }) =>
    status < 400 ? status : body.error.code;

  beforeAll(async () => {
    stack = await startStack();
    for (const scope of SCOPES) {
      const issuer = scope === "issuer" ? { ceiling: CEILING, keys_per_hour: 3 } : {};
      keys[scope] = await make({ name: `the ${scope}`, scope, ...issuer });
    }
  });
  afterAll(() => stack[Symbol.asyncDispose]());

  test("are shown once, and stored as hashes", async () => {
    expect(keys.admin.admin_key).toMatch(/^kbadmin_[\w-]{43}$/);
    const listed = await ask(stack.adminKey, "/admin-keys");
    expect(listed.body.data).toHaveLength(4);
    const secrets = SCOPES.map((scope) => keys[scope].admin_key);
    const shown = [
      JSON.stringify(listed.body),
      ...stack.logLines,
      JSON.stringify((await ask(stack.adminKey, "/actions")).body),
    ];
    for (const secret of secrets) expect(shown.join("\n")).not.toContain(secret);
    for (const [scope, more] of [
      ["issuer", {}],
      ["issuer", { ceiling: CEILING }],
      ["operator", { ceiling: CEILING, keys_per_hour: 1 }],
      ["root", {}],
    ] as const)
      expect(codeOf(await ask(stack.adminKey, "/admin-keys", { name: "n", scope, ...more }))).toBe(
        "request_invalid",
      );
  });

  test("every route is for the scopes that the table says, and for no other", async () => {
    const { body } = await ask(stack.adminKey, "/openapi.json");
    const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(routes.toSorted()).toEqual(Object.keys(MAY).toSorted());
    const wrong: string[] = [];
    for (const route of routes) {
      const [method = "", path = ""] = route.split(" ");
      // What is asked for does not exist or is not valid: whoever may is told that, and nothing changes.
      const target = path.slice("/admin".length).replace(/\{\w+\}/, "nothing");
      for (const scope of SCOPES) {
        const isStream = target === "/audit/stream";
        const asked = isStream ? "HEAD" : method.toUpperCase();
        const sent = method === "get" ? undefined : { not_a_field: 1 };
        const { status, body: answer } = await ask(keys[scope].admin_key, target, sent, asked);
        const isRefused = status === 403 && (isStream || answer.error.code === "scope_missing");
        if (isRefused === (MAY[route] ?? []).includes(scope)) wrong.push(`${scope}: ${route} → ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("a path that nobody knows is nobody's but an admin's", async () => {
    for (const path of ["/vault-keys/x/revoke/more", "/approvals", "/new-things", "//vault-keys/x/revoke"])
      for (const scope of ["operator", "issuer", "auditor"] as const)
        expect(codeOf(await ask(keys[scope].admin_key, path, {}))).toBe("scope_missing");
    expect(codeOf(await ask(keys.admin.admin_key, "/new-things", {}))).toBe("not_found");
  });

  test("an issuer makes no key above its ceiling, nor one more than its hour, however many it asks for at once", async () => {
    const issue = (more: object) =>
      ask(keys.issuer.admin_key, "/vault-keys", { ...CEILING, name: "issued", ...more });
    for (const [more, field] of [
      [{ daily_usd_cap: 50.01 }, "daily_usd_cap"],
      [{ daily_usd_cap: undefined, budget: "team" }, "daily_usd_cap"],
      [{ expires_in_seconds: 3601 }, "expires_in_seconds"],
      [{ expires_in_seconds: undefined }, "expires_in_seconds"],
      [{ role: "refund" }, "allowed_operations"],
      [{ role: undefined, allowed_operations: ["charges.*"] }, "allowed_operations"],
      [{ stripe_accounts: ["acct_1"] }, "stripe_accounts"],
      [{ allow_raw_cards: true }, "allow_raw_cards"],
      [{ simulate: true }, "simulate"],
      [{ enforcement: "observe" }, "enforcement"],
      [{ assume_usd: { "quotes.accept": 0 } }, "assume_usd"],
    ] as const) {
      const { status, body } = await issue(more);
      expect([status, body.error?.code, body.error?.param], JSON.stringify(more)).toEqual([
        403,
        "above_ceiling",
        field,
      ]);
    }
    const asked = await Promise.all(Array.from({ length: 12 }, () => issue({ daily_usd_cap: 5 })));
    expect(asked.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(asked.filter(({ status }) => status === 429).map(({ body }) => body.error.code)).toEqual(
      Array.from({ length: 9 }, () => "issue_quota_exceeded"),
    );
    stack.advance(60 * 60 * 1000 + 1);
    expect((await issue({ daily_usd_cap: 5 })).status).toBe(201);
  });

  test("an issuer ends and rotates its own keys, and no other", async () => {
    stack.advance(60 * 60 * 1000 + 1);
    const { admin_key: key } = keys.issuer;
    const { body: own } = await ask(key, "/vault-keys", { ...CEILING, name: "own" });
    const foreign = await stack.issue();
    expect((await ask(key, `/vault-keys/${own.id}`)).body.id).toBe(own.id);
    for (const verb of ["pause", "resume", "rotate", "revoke"]) {
      expect((await ask(key, `/vault-keys/${own.id}/${verb}`, {})).status).toBe(200);
      expect(codeOf(await ask(key, `/vault-keys/${foreign.id}/${verb}`, {}))).toBe("scope_missing");
    }
    expect(codeOf(await ask(key, `/vault-keys/${foreign.id}`))).toBe("scope_missing");
  });

  test("what was done is written down: who, what, to what, how it ended", async () => {
    const { id } = await stack.issue();
    await ask(keys.operator.admin_key, `/vault-keys/${id}/revoke`, {});
    await ask(keys.auditor.admin_key, `/vault-keys/${id}/rotate`, {});
    const { body } = await ask(keys.auditor.admin_key, `/actions?target=${id}`);
    expect(body.data).toMatchObject([
      { by_id: keys.auditor.id, action: "vault-keys.rotate", target: id, status: 403, code: "scope_missing" },
      {
        by_id: keys.operator.id,
        by_name: "the operator",
        action: "vault-keys.revoke",
        status: 200,
        code: null,
      },
      { by_id: "root", action: "vault-keys.create", status: 201, detail: { name: "test" } },
    ]);
    await ask(keys.operator.admin_key, "/budgets", { name: "noted", daily_usd_cap: 7 });
    const byOperator = await ask(
      stack.adminKey,
      `/actions?by=${keys.operator.id}&action=budgets.create&limit=1`,
    );
    expect(byOperator.body.data).toMatchObject([
      { target: "noted", detail: { daily_usd_cap: 7 }, status: 201 },
    ]);
    expect(byOperator.body.next_cursor).not.toBeNull();
    const all = await ask(stack.adminKey, "/actions?limit=1000");
    const paged: unknown[] = [];
    let cursor = "";
    do {
      const page = (await ask(stack.adminKey, `/actions?limit=7${cursor}`)).body;
      paged.push(...page.data);
      cursor = page.next_cursor === null ? "" : `&cursor=${page.next_cursor}`;
    } while (cursor !== "");
    expect(paged).toEqual(all.body.data);
    // Reading is not an action; taking everything away is.
    expect(JSON.stringify(all.body)).not.toContain("audit.");
    await ask(stack.adminKey, "/backup");
    expect((await ask(stack.adminKey, "/actions?limit=1")).body.data[0]).toMatchObject({
      action: "backup.make",
    });
  });

  test("no secret that somebody sends stands among the actions", async () => {
    const pasted = `sk_live_${"x".repeat(24)}`;
    await ask(stack.adminKey, "/vault-keys", { name: pasted, vendor: "stripe", role: "audit" });
    await ask(stack.adminKey, `/vault-keys/${pasted}/revoke`, {});
    await ask(stack.adminKey, "/alerts", {
      kind: "slack",
      url: `https://hooks.slack.com/services/${pasted}`,
    });
    const { body } = await ask(stack.adminKey, "/actions?limit=3");
    expect(body.data.map(({ action }: { action: string }) => action)).toEqual([
      ...["alerts.create", "vault-keys.revoke", "vault-keys.create"],
    ]);
    expect(JSON.stringify(body)).not.toMatch(/xxxx|hooks\.slack/);
  });

  test("a key that was revoked or has expired is nobody's", async () => {
    const short = await make({ name: "short", scope: "auditor", expires_in_seconds: 60 });
    const made = await make({ name: "made", scope: "auditor" });
    expect((await ask(short.admin_key, "/budgets")).status).toBe(200);
    stack.advance(60_001);
    expect((await ask(short.admin_key, "/budgets")).status).toBe(401);
    expect((await ask(made.admin_key, "/budgets")).status).toBe(200);
    await ask(stack.adminKey, `/admin-keys/${made.id}/revoke`, {});
    expect((await ask(made.admin_key, "/budgets")).status).toBe(401);
    expect((await ask(made.admin_key, "/stop", {})).status).toBe(401);
  });

  test("wrong keys are throttled, logged and counted, and bar nobody who has a right one", async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => ask(`wrong-${index}`, "/budgets").then(codeOf)),
    );
    expect(new Set(answers)).toEqual(new Set(["invalid_admin_key", "too_many_wrong_keys"]));
    expect((await ask(stack.adminKey, "/budgets")).status).toBe(200);
    expect((await ask(keys.auditor.admin_key, "/budgets")).status).toBe(200);
    const lines = stack.logLines.filter((line) => line.includes("wrong admin key"));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.length).toBeLessThan(200);
    expect(lines.join("")).not.toContain("wrong-1");
    const metrics = await (await fetch(`${stack.url}/metrics`)).text();
    expect(metrics).toMatch(/keybrake_admin_requests_total\{status="429"\} \d\d/);
  });
});
