import { ROLES, TOOLS } from "@keybrake/core";
import { createEnvironment, LIMITS } from "@keybrake/proxy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  bearer,
  connectHttp,
  connectStdio,
  type Era,
  LIST,
  mcpRequest,
  openRaw,
  seen,
} from "./mcp-clients.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

const BOB = { customer_id: "cus_demo_bob", amount_cents: 700 };

describe("MCP", () => {
  let stack: Stack;
  let billing: IssuedKey;
  let refund: IssuedKey;
  let ahead = 0;
  /** Every key that a test was given. */
  const secrets: string[] = [];

  beforeAll(async () => {
    const environment = createEnvironment();
    stack = await startStack({
      environment: { ...environment, clock: () => environment.clock() + ahead },
    });
    secrets.push(stack.adminKey);
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    billing = await issue({ role: "billing", daily_usd_cap: 100 });
    refund = await issue({ role: "refund", daily_usd_cap: 100 });
  });

  async function issue(policy: Record<string, unknown>): Promise<IssuedKey> {
    const key = await stack.issue(policy);
    secrets.push(key.vault_key);
    return key;
  }
  const charges = async () => (await stack.control.summary()).charges.created;
  const rows = (key: IssuedKey) => stack.auditRows(`&vault_key_id=${key.id}`);
  const revoke = (key: IssuedKey) => stack.admin(`/vault-keys/${key.id}/revoke`, { method: "POST" });

  describe.each(["2025", "2026"] satisfies Era[])("over HTTP, protocol of %s", (era) => {
    test("a key sees exactly the tools whose operations its policy allows, whatever its role", async () => {
      const cases: [IssuedKey, readonly string[]][] = [
        [billing, ROLES.billing],
        [refund, ROLES.refund],
        [await issue({ role: "audit" }), ROLES.audit],
        [await issue({ allowed_operations: ["subscriptions.list"] }), []],
        [
          await issue({ allowed_operations: ["charges.*", "balance.retrieve"], daily_usd_cap: 5 }),
          ["create_charge", "retrieve_charge", "list_charges", "retrieve_balance"],
        ],
        // It looks at both, and one alone would answer for half.
        [
          await issue({ allowed_operations: ["charges.list", "paymentIntents.list"] }),
          ["check_existing_charge", "list_charges"],
        ],
      ];
      for (const [key, names] of cases) {
        await using session = await connectHttp(stack, key.vault_key, { era });
        expect((await session.toolNames()).toSorted()).toEqual(names.toSorted());
      }
    });

    test("tools say what they are: title, annotations, schemas", async () => {
      await using session = await connectHttp(stack, billing.vault_key, { era });
      for (const tool of (await session.client.listTools()).tools) {
        const { write } = TOOLS[tool.name as keyof typeof TOOLS];
        expect(tool.annotations).toEqual({
          title: tool.title,
          readOnlyHint: !write,
          destructiveHint: write,
          idempotentHint: true,
          openWorldHint: true,
        });
        expect(tool.title).toMatch(/^[A-Z]/);
        expect(tool.outputSchema?.required).toEqual(["ok", "operation", "message"]);
        if (write) expect(tool.inputSchema.required).toEqual(["customer_id", "amount_cents"]);
      }
    });

    test("a charge, a refusal and a bad input are results; the row says who called", async () => {
      const headers = { "x-agent-run-id": `run-${era}`, "x-agent-name": "nightly", "x-agent-turn": "3" };
      await using session = await connectHttp(stack, billing.vault_key, { era, headers });
      const done = await session.call("create_charge", BOB);
      expect(done).toMatchObject({ isError: false, ok: true, status: "succeeded", amount_cents: 700 });
      expect(JSON.parse(done.text)).toMatchObject({ id: done.id, message: done.message });
      const refused = await session.call("create_charge", { ...BOB, amount_cents: 10_000 });
      expect(refused).toMatchObject({ isError: true, final: true, code: "spend_cap_exceeded" });
      expect(refused.text).toBe(refused.message);
      expect(refused.text).toMatch(/Spend cap reached.*Stop/);
      const bad = await session.call("create_charge", { ...BOB, amount_cents: 1.5 });
      expect(bad).toMatchObject({ isError: true, final: false, code: "invalid_input" });
      expect((await rows(billing)).map((row) => [row.operation, row.state, row.code])).toEqual([
        ["charges.create", "none", "spend_cap_exceeded"],
        ["charges.create", "posted", null],
      ]);
      for (const row of await rows(billing))
        expect(row).toMatchObject({ run_id: `run-${era}`, agent: "nightly", turn: "3" });
    });

    test("a tool of another role is refused, and so is its operation over plain HTTP", async () => {
      await using session = await connectHttp(stack, refund.vault_key, { era });
      await expect(session.call("create_charge", BOB)).rejects.toMatchObject({ code: -32602 });
      await expect(session.call("constructor", {})).rejects.toMatchObject({ code: -32602 });
      expect(await rows(refund)).toEqual([]);
      const plain = await stack.call(refund.vault_key, "POST", "/v1/charges", {
        form: { amount: 700, currency: "usd", customer: "cus_demo_bob" },
        headers: { "idempotency-key": `plain-${era}` },
      });
      expect(plain).toMatchObject({ status: 403, body: { error: { code: "operation_not_allowed" } } });
      expect(await charges()).toBe(0);
    });

    test("an act whose answer was lost is done once, also after a reconnect in the same run", async () => {
      const headers = { "x-agent-run-id": `lost-${era}` };
      // As often as the tool itself tries.
      await stack.control.addFault({ operation: "charges.create", kind: "drop_after", times: 3 });
      {
        await using session = await connectHttp(stack, billing.vault_key, { era, headers });
        expect(await session.call("create_charge", BOB)).toMatchObject({
          isError: true,
          code: "outcome_unknown",
          final: false,
        });
        expect(await session.call("create_charge", BOB)).toMatchObject({ ok: true });
      }
      await using again = await connectHttp(stack, billing.vault_key, { era, headers });
      expect(await again.call("create_charge", { ...BOB, description: "other words" })).toMatchObject({
        ok: true,
        replayed: true,
      });
      expect(await again.call("create_charge", { ...BOB, reference: "second" })).toMatchObject({
        ok: true,
        replayed: false,
      });
      expect(await charges()).toBe(2);
      const keys = (await rows(billing)).map((row) => row.idempotency_key);
      expect(new Set(keys).size).toBe(2);
    });

    test("a client that goes away while a charge runs finds it done when it comes back", async () => {
      const headers = { "x-agent-run-id": `gone-${era}` };
      await stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 300, times: 1 });
      const leave = new AbortController();
      const first = await connectHttp(stack, billing.vault_key, {
        era,
        headers,
        fetch: (input, init) =>
          fetch(input, {
            ...init,
            signal: AbortSignal.any([leave.signal, ...(init?.signal ? [init.signal] : [])]),
          }),
      });
      const lost = first.call("create_charge", BOB).catch(() => "lost");
      await expect.poll(async () => (await stack.control.requests()).data.length).toBeGreaterThan(0);
      leave.abort();
      expect(await lost).toBe("lost");
      await first.client.close().catch(() => undefined);
      await using again = await connectHttp(stack, billing.vault_key, { era, headers });
      expect(await again.call("create_charge", BOB)).toMatchObject({ ok: true, replayed: true });
      expect(await charges()).toBe(1);
    });

    test("a simulate key works in full, and Stripe hears nothing", async () => {
      const key = await issue({ role: "billing", daily_usd_cap: 10, simulate: true });
      await using session = await connectHttp(stack, key.vault_key, { era });
      expect(await session.call("create_charge", BOB)).toMatchObject({ ok: true, status: "succeeded" });
      expect(await session.call("create_charge", { ...BOB, amount_cents: 900 })).toMatchObject({
        code: "spend_cap_exceeded",
      });
      expect((await stack.control.requests()).data).toEqual([]);
    });

    test("a revoked key's next call gets the refusal, with a row, and nothing more", async () => {
      await using session = await connectHttp(stack, billing.vault_key, { era });
      expect(await session.call("create_charge", BOB)).toMatchObject({ ok: true });
      await revoke(billing);
      expect(await session.call("create_charge", { ...BOB, reference: "late" })).toMatchObject({
        isError: true,
        final: true,
        code: "vault_key_revoked",
      });
      expect(await charges()).toBe(1);
      expect((await rows(billing))[0]).toMatchObject({
        decision: "denied",
        code: "vault_key_revoked",
        status: 401,
      });
    });
  });

  test("without a run id the session is the run; a later session resumes it by naming it", async () => {
    await using first = await connectHttp(stack, billing.vault_key);
    await first.call("create_charge", BOB);
    const runId = first.sessionId() ?? "";
    expect(runId).toMatch(/^mcp_[A-Za-z0-9_-]{43}$/);
    expect((await rows(billing))[0]).toMatchObject({ run_id: runId });
    await using other = await connectHttp(stack, billing.vault_key);
    expect(await other.call("create_charge", BOB)).toMatchObject({ replayed: false });
    await using resumed = await connectHttp(stack, billing.vault_key, {
      headers: { "x-agent-run-id": runId },
    });
    expect(await resumed.call("create_charge", BOB)).toMatchObject({ replayed: true });
    expect(await charges()).toBe(2);
  });

  test("without a run id and without sessions (2026), the key is the run", async () => {
    await using one = await connectHttp(stack, billing.vault_key, { era: "2026" });
    await using two = await connectHttp(stack, billing.vault_key, { era: "2026" });
    const both = await Promise.all([one.call("create_charge", BOB), two.call("create_charge", BOB)]);
    expect(both.map((outcome) => outcome.replayed).toSorted()).toEqual([false, true]);
    expect((await rows(billing))[0]).toMatchObject({ run_id: `mcp-${billing.id}` });
    expect(await charges()).toBe(1);
  });

  describe("sessions", () => {
    const list = (key: IssuedKey, id: string, headers: Record<string, string> = {}) =>
      mcpRequest(stack, {
        headers: bearer(key.vault_key, { "mcp-session-id": id, ...headers }),
        message: LIST,
      });
    const names = (answer: { body: any }) =>
      answer.body.result.tools.map((tool: { name: string }) => tool.name);

    test("two keys have a session each, and neither can use the other's", async () => {
      const one = await openRaw(stack, billing.vault_key);
      const two = await openRaw(stack, refund.vault_key);
      expect(names(await list(billing, one.id))).toEqual(ROLES.billing);
      expect(names(await list(refund, two.id))).toEqual(ROLES.refund);
      for (const [key, id] of [
        [billing, two.id],
        [refund, one.id],
        [refund, "mcp_made-up"],
      ] as const) {
        expect(await list(key, id)).toMatchObject({
          status: 404,
          body: { error: { code: "session_not_found" } },
        });
        const ended = await mcpRequest(stack, {
          method: "DELETE",
          headers: bearer(key.vault_key, { "mcp-session-id": id }),
        });
        expect(ended.status).toBe(404);
      }
      expect((await list(billing, one.id)).status).toBe(200);
    });

    test("DELETE ends a session; a stream can be opened once", async () => {
      const { id } = await openRaw(stack, billing.vault_key);
      const headers = bearer(billing.vault_key, { "mcp-session-id": id, accept: "text/event-stream" });
      const stream = await fetch(`${stack.url}/mcp`, { headers });
      expect(stream.headers.get("content-type")).toBe("text/event-stream");
      expect((await fetch(`${stack.url}/mcp`, { headers })).status).toBe(409);
      expect((await fetch(`${stack.url}/mcp`, { method: "DELETE", headers })).status).toBe(200);
      expect(await stream.text()).toBe("");
      expect((await list(billing, id)).status).toBe(404);
    });

    test("a revoked key ends its sessions and their streams at the next call", async () => {
      const { id } = await openRaw(stack, billing.vault_key);
      const headers = bearer(billing.vault_key, { "mcp-session-id": id, accept: "text/event-stream" });
      const stream = await fetch(`${stack.url}/mcp`, { headers });
      await revoke(billing);
      const answer = await list(billing, id);
      expect(answer).toMatchObject({
        status: 401,
        headers: { "www-authenticate": 'Bearer realm="Keybrake"' },
        body: { error: { type: "invalid_request_error", code: "vault_key_revoked" } },
      });
      expect(await stream.text()).toBe("");
    });

    test("a tool call after the revocation gets the refusal as its result, and the session is over", async () => {
      const { id } = await openRaw(stack, billing.vault_key);
      await revoke(billing);
      const message = {
        jsonrpc: "2.0",
        id: 7,
        method: "tools/call",
        params: { name: "create_charge", arguments: BOB },
      };
      const headers = bearer(billing.vault_key, { "mcp-session-id": id });
      const last = await mcpRequest(stack, { headers, message });
      expect(last).toMatchObject({
        status: 200,
        body: {
          id: 7,
          result: { isError: true, structuredContent: { code: "vault_key_revoked", final: true } },
        },
      });
      expect((await mcpRequest(stack, { headers, message })).status).toBe(401);
      expect((await stack.control.summary()).charges.created).toBe(0);
    });

    test("an expired key is refused likewise, and no key at all too", async () => {
      const short = await issue({ role: "billing", daily_usd_cap: 1, expires_in_seconds: 60 });
      const { id } = await openRaw(stack, short.vault_key);
      ahead += 61_000;
      expect(await list(short, id)).toMatchObject({
        status: 401,
        body: { error: { code: "vault_key_expired" } },
      });
      for (const headers of [
        {},
        { authorization: "Bearer sk_test_123" },
        { authorization: "Bearer vk_test_x" },
      ]) {
        const answer = await mcpRequest(stack, { headers, message: LIST });
        expect(answer).toMatchObject({ status: 401, body: { error: { code: "invalid_vault_key" } } });
      }
    });

    test("an idle session ends; one with an open stream is not idle", async () => {
      const idle = await openRaw(stack, billing.vault_key);
      const held = await openRaw(stack, billing.vault_key);
      const stream = await fetch(`${stack.url}/mcp`, {
        headers: bearer(billing.vault_key, { "mcp-session-id": held.id, accept: "text/event-stream" }),
      });
      ahead += LIMITS.mcpSessionIdleMs - 1000;
      expect((await list(billing, idle.id)).status).toBe(200);
      ahead += LIMITS.mcpSessionIdleMs;
      expect((await list(billing, idle.id)).status).toBe(404);
      expect((await list(billing, held.id)).status).toBe(200);
      await stream.body?.cancel();
    });

    test("a key has only so many sessions, and gets room again by ending one", async () => {
      const opened = await Promise.all(
        Array.from({ length: LIMITS.mcpSessionsPerKey }, () => openRaw(stack, billing.vault_key)),
      );
      expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(opened.map(({ id }) => id)).size).toBe(LIMITS.mcpSessionsPerKey);
      expect(await openRaw(stack, billing.vault_key)).toMatchObject({
        status: 429,
        body: { error: { code: "too_many_sessions" } },
      });
      expect((await openRaw(stack, refund.vault_key)).status).toBe(200);
      const headers = bearer(billing.vault_key, { "mcp-session-id": opened[0]?.id ?? "" });
      expect((await mcpRequest(stack, { method: "DELETE", headers })).status).toBe(200);
      expect((await openRaw(stack, billing.vault_key)).status).toBe(200);
    });

    test("a session keeps to its run", async () => {
      const { id } = await openRaw(stack, billing.vault_key, { "x-agent-run-id": "june" });
      expect((await list(billing, id, { "x-agent-run-id": "june" })).status).toBe(200);
      expect(await list(billing, id, { "x-agent-run-id": "july" })).toMatchObject({
        status: 400,
        body: { error: { code: "request_invalid" } },
      });
      const tooLong = await openRaw(stack, billing.vault_key, { "x-agent-run-id": "x".repeat(201) });
      expect(tooLong.status).toBe(400);
    });

    test("a cancelled call is let go of, and its money is still accounted for", async () => {
      const { id } = await openRaw(stack, billing.vault_key);
      const headers = bearer(billing.vault_key, { "mcp-session-id": id });
      await stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 300, times: 1 });
      const call = {
        jsonrpc: "2.0",
        id: 7,
        method: "tools/call",
        params: { name: "create_charge", arguments: BOB },
      };
      const cancelled = mcpRequest(stack, { headers, message: call });
      await expect.poll(async () => (await stack.control.requests()).data.length).toBeGreaterThan(0);
      expect(await mcpRequest(stack, { headers, message: call })).toMatchObject({ status: 400 });
      await mcpRequest(stack, {
        headers,
        message: { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } },
      });
      expect((await cancelled).status).toBe(202);
      const repeat = await mcpRequest(stack, { headers, message: { ...call, id: 8 } });
      expect(repeat.body.result.structuredContent).toMatchObject({ ok: true, replayed: true });
      expect(await charges()).toBe(1);
    });
  });

  describe("requests that are not taken", () => {
    const tryHeaders = (headers: Record<string, string>) =>
      mcpRequest(stack, { headers: bearer(billing.vault_key, headers), message: LIST });

    test.each([
      ["a rebound name", { host: "evil.example" }, "host_not_allowed"],
      ["a name that only begins like ours", { host: "localhost.evil.example" }, "host_not_allowed"],
      ["a name behind credentials", { host: "localhost@evil.example" }, "host_not_allowed"],
      ["another address", { host: "10.1.2.3:80" }, "host_not_allowed"],
      ["a foreign page", { origin: "https://evil.example" }, "origin_not_allowed"],
      ["a page without an origin", { origin: "null" }, "origin_not_allowed"],
      [
        "a page that hides ours in its name",
        { origin: "http://localhost.evil.example" },
        "origin_not_allowed",
      ],
    ])("%s: 403", async (_what, headers, code) => {
      expect(await tryHeaders(headers)).toMatchObject({ status: 403, body: { error: { code } } });
    });

    test.each([
      { host: "localhost:1234" },
      { host: "127.0.0.1" },
      { host: "[::1]:8787" },
      { host: "LOCALHOST", origin: "http://localhost:6274" },
    ])("our own names are let through: %o", async (headers) => {
      const answer = await mcpRequest(stack, {
        headers: bearer(billing.vault_key, headers),
        method: "PATCH",
      });
      expect(answer.status).toBe(405);
    });

    test("bodies that are too long, no JSON, or several messages at once; no session", async () => {
      const headers = bearer(billing.vault_key);
      const text = JSON.stringify({ ...LIST, params: { x: "x".repeat(LIMITS.bodyBytes) } });
      const answers = [
        await mcpRequest(stack, { headers, text }),
        await mcpRequest(stack, { headers, text: "{" }),
        await mcpRequest(stack, { headers, message: [LIST, LIST] }),
        await mcpRequest(stack, { headers, message: LIST }),
        await mcpRequest(stack, { headers, method: "GET" }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([413, 400, 400, 400, 400]);
      for (const { body } of answers) expect(body.error).toMatchObject({ type: "invalid_request_error" });
    });
  });

  describe("over stdio", () => {
    test.each(["2025", "2026"] satisfies Era[])("one role and one key, protocol of %s", async (era) => {
      const env = { KEYBRAKE_VAULT_KEY: refund.vault_key, KEYBRAKE_RUN_ID: `stdio-${era}` };
      await using session = await connectStdio(stack, ["--role", "refund", "--agent", "desk"], env, era);
      expect(await session.toolNames()).toEqual(ROLES.refund);
      await expect(session.call("create_charge", BOB)).rejects.toMatchObject({ code: -32602 });
      const missing = await session.call("retrieve_charge", { charge_id: "ch_none" });
      expect(missing).toMatchObject({ isError: true, code: "resource_missing" });
      expect((await rows(refund))[0]).toMatchObject({ run_id: `stdio-${era}`, agent: "desk" });
    });

    test("several roles with a key each; a new process in the same run repeats nothing", async () => {
      const env = {
        KEYBRAKE_BILLING_VAULT_KEY: billing.vault_key,
        KEYBRAKE_VAULT_KEY: refund.vault_key,
        KEYBRAKE_RUN_ID: "overridden",
      };
      const args = ["--role", "refund", "--role", "billing", "--run-id", "desk-1"];
      let chargeId = "";
      {
        await using session = await connectStdio(stack, args, env);
        expect(await session.toolNames()).toEqual([...ROLES.billing, ...ROLES.refund]);
        chargeId = (await session.call("create_charge", BOB)).id;
        await session.call("create_refund", { charge_id: chargeId, amount_cents: 100 });
      }
      await using again = await connectStdio(stack, args, env);
      expect(await again.call("create_charge", BOB)).toMatchObject({ id: chargeId, replayed: true });
      const refunded = await again.call("create_refund", { charge_id: chargeId, amount_cents: 100 });
      expect(refunded).toMatchObject({ ok: true, replayed: true });
      const { charges: made, refunds } = await stack.control.summary();
      expect([made.created, refunds.created]).toEqual([1, 1]);
      await revoke(billing);
      expect(await again.call("create_charge", { ...BOB, reference: "x" })).toMatchObject({
        isError: true,
        final: true,
        code: "vault_key_revoked",
      });
    });
  });

  test("a proxy that drains still answers the call that runs, then lets its streams go", async () => {
    const other = await startStack();
    const key = await other.issue({ role: "billing", daily_usd_cap: 100 });
    secrets.push(key.vault_key);
    await other.control.addFault({ operation: "charges.create", kind: "delay", delay_ms: 300, times: 1 });
    const session = await connectHttp(other, key.vault_key);
    const call = session.call("create_charge", BOB);
    await expect.poll(async () => (await other.control.requests()).data.length).toBeGreaterThan(0);
    const drained = other[Symbol.asyncDispose]();
    expect(await call).toMatchObject({ ok: true, replayed: false });
    await drained;
    await session.client.close().catch(() => undefined);
  });

  // Last, over everything that the tests above were sent.
  test("no message, header, log line or audit row holds a key", async () => {
    const everything = [...seen, ...stack.logLines, JSON.stringify(await stack.auditRows())].join("\n");
    expect(seen.length).toBeGreaterThan(200);
    for (const secret of secrets) expect(everything.includes(secret)).toBe(false);
    expect(everything).not.toMatch(/\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{6}/);
  });
});
