import { describe, expect, expectTypeOf, test } from "vitest";
import { ADMIN_ANSWERS } from "../../test/admin-answers.ts";
import { closedPortUrl, NO_WAIT, VAULT_KEY } from "../../test/scripted-server.ts";
import { useScriptedServer } from "../../test/use-scripted-server.ts";
import { isKeybrakeError, KeybrakeError } from "../errors.ts";
import { createAdminClient } from "./admin-client.ts";
import type { AuditRow } from "./audit-types.ts";

const ADMIN_KEY = "admin_0123456789abcdef";

const server = await useScriptedServer();
const admin = createAdminClient({ proxyUrl: `${server.url}/`, adminKey: ADMIN_KEY, runtime: NO_WAIT });

const issued = { ...ADMIN_ANSWERS.issued, vault_key: VAULT_KEY };
const page = (...data: object[]) => ({ body: { data, next_cursor: null } });
const row = (call_id: string) => ({ ...ADMIN_ANSWERS.row, call_id });
const sent = () =>
  server.requests.map(({ method, url, body }) => [method, url, body === "" ? null : JSON.parse(body)]);

describe("requests", () => {
  test("vault keys", async () => {
    server.answer({ status: 201, body: issued }, page(ADMIN_ANSWERS.vaultKey), {
      body: ADMIN_ANSWERS.vaultKey,
    });
    expect(await admin.vaultKeys.create({ name: "run-1", role: "billing", daily_usd_cap: 500 })).toEqual(
      issued,
    );
    await admin.vaultKeys.list({ limit: 5, cursor: "c/1" });
    await admin.vaultKeys.get("vk/1");
    await admin.vaultKeys.revoke("vk_1");
    expect(sent()).toEqual([
      ["POST", "/admin/vault-keys", { vendor: "stripe", name: "run-1", role: "billing", daily_usd_cap: 500 }],
      ["GET", "/admin/vault-keys?limit=5&cursor=c%2F1", null],
      ["GET", "/admin/vault-keys/vk%2F1", null],
      ["POST", "/admin/vault-keys/vk_1/revoke", null],
    ]);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${ADMIN_KEY}`,
      "content-type": "application/json",
    });
  });

  test("budgets", async () => {
    const budget = { body: ADMIN_ANSWERS.budget };
    server.answer(budget, page(ADMIN_ANSWERS.budget), budget);
    await admin.budgets.create({ name: "team", daily_usd_cap: 10 });
    await admin.budgets.list();
    await admin.budgets.update("team", { daily_usd_cap: 20 });
    await admin.budgets.create({ name: "june", usd_cap: 5000, window: "lifetime", parent: "team" });
    await admin.budgets.get("june");
    await admin.budgets.update("june", { usd_cap: 6000 });
    expect(sent()).toEqual([
      ["POST", "/admin/budgets", { name: "team", daily_usd_cap: 10 }],
      ["GET", "/admin/budgets", null],
      ["PATCH", "/admin/budgets/team", { daily_usd_cap: 20 }],
      ["POST", "/admin/budgets", { name: "june", usd_cap: 5000, window: "lifetime", parent: "team" }],
      ["GET", "/admin/budgets/june", null],
      ["PATCH", "/admin/budgets/june", { usd_cap: 6000 }],
    ]);
  });

  test("audit, page after page", async () => {
    server.answer({ body: { data: [row("3"), row("2")], next_cursor: "n1" } }, page(row("1")));
    const rows: string[] = [];
    for await (const row of admin.audit.iterate({ run_id: "run 1", decision: "denied" })) {
      expectTypeOf(row).toEqualTypeOf<AuditRow>();
      rows.push(row.call_id);
    }
    expect(rows).toEqual(["3", "2", "1"]);
    expect(server.requests.map((request) => request.url)).toEqual([
      "/admin/audit?run_id=run%201&decision=denied",
      "/admin/audit?run_id=run%201&decision=denied&cursor=n1",
    ]);
  });

  test("audit, by labels beside the other filters", async () => {
    server.answer({ body: { data: [], next_cursor: null } });
    const labels = { team: "billing", "cost centre": "a&b" };
    await admin.audit.list({ conversation_id: "conv_1", state: "unknown", labels, limit: 5 });
    expect(server.requests.map((request) => request.url)).toEqual([
      "/admin/audit?conversation_id=conv_1&state=unknown&label.team=billing&label.cost%20centre=a%26b&limit=5",
    ]);
  });

  test.each(["", ".", ".."])("an id like '%s' reaches no other path", async (id) => {
    await expect(admin.vaultKeys.get(id)).rejects.toMatchObject({ code: "invalid_options" });
    await expect(admin.vaultKeys.revoke(id)).rejects.toMatchObject({ code: "invalid_options" });
    await expect(admin.budgets.get(id)).rejects.toMatchObject({ code: "invalid_options" });
    expect(server.requests).toHaveLength(0);
  });
});

describe("errors", () => {
  test("carry the proxy's code and status", async () => {
    server.answer({
      status: 404,
      body: { error: { type: "invalid_request_error", code: "not_found", message: "There is none." } },
    });
    const error = await admin.vaultKeys.get("vk_1").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeybrakeError);
    expect(error).toMatchObject({
      code: "not_found",
      status: 404,
      isRetryable: false,
      message: "There is none.",
    });
  });

  test("what may be repeated is tried again, issuing a key is not", async () => {
    server.answer({ status: 503, text: "busy" }, { body: { data: [], next_cursor: null } });
    expect(await admin.vaultKeys.list()).toEqual({ data: [], next_cursor: null });
    server.requests.length = 0;
    server.answer("drop", { status: 201, body: issued });
    await expect(admin.vaultKeys.create({ name: "n", role: "audit" })).rejects.toMatchObject({
      code: "network_error",
      isRetryable: true,
    });
    expect(server.requests).toHaveLength(1);
  });

  test("no proxy, no answer, no JSON", async () => {
    const closed = createAdminClient({
      proxyUrl: await closedPortUrl(),
      adminKey: ADMIN_KEY,
      runtime: NO_WAIT,
    });
    await expect(closed.budgets.list()).rejects.toMatchObject({ code: "network_error" });
    const hasty = createAdminClient({ proxyUrl: server.url, adminKey: ADMIN_KEY, timeoutMs: 40 });
    server.answer("hang");
    await expect(hasty.budgets.list()).rejects.toMatchObject({ code: "timed_out" });
    server.answer({ status: 200, text: "<html>" });
    await expect(admin.budgets.list()).rejects.toMatchObject({ code: "response_invalid", status: 200 });
  });

  test.each<[string, () => Promise<unknown>, object, string]>([
    ["an empty object", () => admin.vaultKeys.get("vk_1"), {}, "id"],
    [
      "an answer without the key",
      () => admin.vaultKeys.create({ name: "n", role: "audit" }),
      ADMIN_ANSWERS.issued,
      "vault_key",
    ],
    ["a revocation of somebody else's", () => admin.vaultKeys.revoke("vk_1"), { id: "vk_1" }, "name"],
    ["a list that is none", () => admin.budgets.list(), { data: {}, next_cursor: null }, "data"],
    [
      "a row with an amount in words",
      () => admin.audit.list(),
      { data: [{ ...ADMIN_ANSWERS.row, usd_micros: VAULT_KEY }], next_cursor: null },
      "data.0.usd_micros",
    ],
    [
      "a state that nobody knows",
      () => admin.calls.settle("c", { outcome: "posted", reason: "x" }),
      { ...ADMIN_ANSWERS.row, state: "?" },
      "state",
    ],
    ["no calls", () => admin.reconcile(), {}, "data"],
  ])("%s is no answer, whatever the status", async (_what, ask, body, field) => {
    server.answer({ status: 200, body });
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "response_invalid", status: 200, isRetryable: false });
    expect(error).toMatchObject({ message: expect.stringContaining(`(${field})`) });
    expect(String(error)).not.toContain(VAULT_KEY);
  });

  test("a later proxy may say more", async () => {
    server.answer({ body: { ...ADMIN_ANSWERS.budget, colour: "red" } });
    expect(await admin.budgets.get("team")).toMatchObject({ name: "team", colour: "red" });
  });

  test("somebody else in the proxy's place is named, with the address, and not quoted", async () => {
    const quoted = `Invalid API Key provided: ${ADMIN_KEY.slice(0, 8)}********${ADMIN_KEY.slice(-4)}`;
    server.answer({ status: 401, body: { error: { type: "invalid_request_error", message: quoted } } });
    await expect(admin.budgets.list()).rejects.toMatchObject({
      code: "response_invalid",
      status: 401,
      message: `What answers at ${server.url} is not a Keybrake proxy: HTTP 401, nothing that a Keybrake proxy answers.`,
    });
    server.answer({ status: 200, text: "<html>", headers: { "content-type": "text/html" } });
    await expect(admin.budgets.list()).rejects.toMatchObject({
      message: `What answers at ${server.url} is not a Keybrake proxy: HTTP 200, an HTML page.`,
    });
  });

  test("are recognised across copies of the package", () => {
    expect(isKeybrakeError(Object.assign(new Error("x"), { [Symbol.for("keybrake.error")]: true }))).toBe(
      true,
    );
    expect(isKeybrakeError(new Error("x"))).toBe(false);
    expect(isKeybrakeError(null)).toBe(false);
  });

  test("a missing admin key or a Stripe address is refused when the client is built", () => {
    expect(() => createAdminClient({ proxyUrl: server.url, adminKey: "" })).toThrow(
      expect.objectContaining({ code: "invalid_options" }),
    );
    expect(() => createAdminClient({ proxyUrl: "https://api.stripe.com", adminKey: ADMIN_KEY })).toThrow(
      expect.objectContaining({ code: "proxy_url_invalid" }),
    );
  });
});

describe("leases", () => {
  test("revoke at the end of the scope, also when it throws, and once", async () => {
    server.answer({ status: 201, body: issued }, { body: ADMIN_ANSWERS.vaultKey });
    const scope = async () => {
      await using lease = await admin.leaseVaultKey({ name: "run-1", role: "billing", daily_usd_cap: 5 });
      expect(lease).toMatchObject({
        id: "vk_1",
        name: "run-1",
        expiresAt: "2026-01-01T00:00:00Z",
        vaultKey: VAULT_KEY,
      });
      await lease.revoke();
      throw new Error("the agent failed");
    };
    await expect(scope()).rejects.toThrow("the agent failed");
    expect(sent().map(([method, url]) => `${method} ${url}`)).toEqual([
      "POST /admin/vault-keys",
      "POST /admin/vault-keys/vk_1/revoke",
    ]);
  });

  test("a revocation that fails is not kept quiet, and can be tried again", async () => {
    server.answer(
      { status: 201, body: issued },
      { status: 404, body: { error: { code: "not_found", message: "None." } } },
      { body: ADMIN_ANSWERS.vaultKey },
    );
    const lease = await admin.leaseVaultKey({ name: "run-1", role: "audit" });
    await expect(lease.revoke()).rejects.toMatchObject({ code: "not_found" });
    await expect(lease.revoke()).resolves.toBeUndefined();
  });
});
