import { connect } from "node:net";
import { createEnvironment, LIMITS } from "@keybrake/proxy";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  bearer,
  cancelOf,
  connectHttp,
  type Era,
  INITIALIZE,
  LIST,
  mcpRequest,
  openRaw,
  seen,
  toolCall,
} from "./mcp-clients.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

const BOB = { customer_id: "cus_demo_bob", amount_cents: 700 };

describe("MCP, used badly", () => {
  let stack: Stack;
  let billing: IssuedKey;
  let ahead = 0;

  beforeAll(async () => {
    const environment = createEnvironment();
    stack = await startStack({ environment: { ...environment, clock: () => environment.clock() + ahead } });
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    billing = await stack.issue({ role: "billing", daily_usd_cap: 100 });
  });

  const charges = async () => (await stack.control.summary()).charges.created;
  const rows = (key: IssuedKey) => stack.auditRows(`&vault_key_id=${key.id}`);
  const slow = (delay_ms: number) =>
    stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms, times: 1 });
  const reached = () =>
    expect.poll(async () => (await stack.control.requests()).data.length).toBeGreaterThan(0);
  const session = async (key: IssuedKey, headers: Record<string, string> = {}) => {
    const { id } = await openRaw(stack, key.vault_key, headers);
    return bearer(key.vault_key, { "mcp-session-id": id });
  };

  describe("sessions", () => {
    test("DELETE while a charge runs: the session is over at once, and the charge is answered", async () => {
      const headers = await session(billing);
      await slow(300);
      const running = mcpRequest(stack, { headers, message: toolCall(7, BOB) });
      await reached();
      expect((await mcpRequest(stack, { method: "DELETE", headers })).status).toBe(200);
      expect((await mcpRequest(stack, { headers, message: LIST })).status).toBe(404);
      expect(await running).toMatchObject({
        status: 200,
        body: { result: { structuredContent: { ok: true } } },
      });
      expect((await rows(billing))[0]).toMatchObject({ state: "posted" });
    });

    test("a dead session whose charge runs does not hold up other keys", async () => {
      const short = await stack.issue({ role: "billing", daily_usd_cap: 100, expires_in_seconds: 60 });
      const dying = await session(short);
      await slow(2000);
      let answered = false;
      const running = mcpRequest(stack, { headers: dying, message: toolCall(7, BOB) }).finally(() => {
        answered = true;
      });
      await reached();
      ahead += 61_000 + LIMITS.mcpSessionIdleMs;
      expect((await mcpRequest(stack, { headers: await session(billing), message: LIST })).status).toBe(200);
      expect(answered).toBe(false);
      expect((await running).body.result.structuredContent.ok).toBe(true);
    });

    test("an expired key's tool call gets the refusal as its result; the session is over then", async () => {
      const short = await stack.issue({ role: "billing", daily_usd_cap: 100, expires_in_seconds: 60 });
      const headers = await session(short);
      ahead += 61_000;
      // Another key's request comes first.
      await session(billing);
      expect(await mcpRequest(stack, { headers, message: toolCall(7, BOB) })).toMatchObject({
        status: 200,
        body: { result: { isError: true, structuredContent: { code: "vault_key_expired", final: true } } },
      });
      expect((await mcpRequest(stack, { headers, message: toolCall(8, BOB) })).status).toBe(401);
    });

    test("a burst stays within the key's bound", async () => {
      const opened = Array.from({ length: LIMITS.mcpSessionsPerKey + 20 }, () =>
        openRaw(stack, billing.vault_key),
      );
      const statuses = (await Promise.all(opened)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(LIMITS.mcpSessionsPerKey);
      expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    });
  });

  describe("runs", () => {
    test("the latch holds after a reconnect and without a session, for this key and this run", async () => {
      const key = await stack.issue({ role: "billing", daily_usd_cap: 10 });
      const headers = { "x-agent-run-id": "latched" };
      const small = { ...BOB, amount_cents: 100 };
      {
        await using first = await connectHttp(stack, key.vault_key, { headers });
        const refused = await first.call("create_charge", { ...BOB, amount_cents: 2000 });
        expect(refused.code).toBe("spend_cap_exceeded");
      }
      for (const era of ["2025", "2026"] satisfies Era[]) {
        await using again = await connectHttp(stack, key.vault_key, { headers, era });
        expect((await again.call("create_charge", small)).code).toBe("run_stopped");
        expect((await again.call("retrieve_customer", { customer_id: BOB.customer_id })).ok).toBe(true);
        await using next = await connectHttp(stack, key.vault_key, { era });
        expect((await next.call("create_charge", { ...small, reference: era })).ok).toBe(true);
        await using other = await connectHttp(stack, billing.vault_key, { headers, era });
        expect((await other.call("create_charge", { ...small, reference: era })).ok).toBe(true);
      }
      expect(await charges()).toBe(4);
    });

    test("a new key goes on with a stopped run, and repeats nothing", async () => {
      const key = await stack.issue({ role: "billing", daily_usd_cap: 10 });
      const headers = { "x-agent-run-id": "handed-on" };
      await using first = await connectHttp(stack, key.vault_key, { headers });
      expect((await first.call("create_charge", BOB)).ok).toBe(true);
      expect((await first.call("create_charge", { ...BOB, reference: "2" })).code).toBe("spend_cap_exceeded");
      await using next = await connectHttp(stack, billing.vault_key, { headers });
      expect(await next.call("create_charge", BOB)).toMatchObject({ ok: true, replayed: true });
      const second = await next.call("create_charge", { ...BOB, reference: "2" });
      expect(second).toMatchObject({ ok: true, replayed: false });
      expect(await charges()).toBe(2);
    });

    test("one act from two sessions and a request without one, at once: one charge", async () => {
      const headers = { "x-agent-run-id": "same" };
      await using one = await connectHttp(stack, billing.vault_key, { headers });
      await using two = await connectHttp(stack, billing.vault_key, { headers });
      await using three = await connectHttp(stack, billing.vault_key, { headers, era: "2026" });
      await slow(200);
      const outcomes = await Promise.all(
        [one, two, three].flatMap((client) => [
          client.call("create_charge", BOB),
          client.call("create_charge", { ...BOB, reference: "second" }),
        ]),
      );
      expect(outcomes.map(({ ok }) => ok)).toEqual(Array(6).fill(true));
      expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(2);
      expect(new Set(outcomes.map(({ id }) => id)).size).toBe(2);
      expect(await charges()).toBe(2);
    });

    test("a cancelled charge of one session is found done by another of the run", async () => {
      const headers = await session(billing, { "x-agent-run-id": "shared" });
      await slow(300);
      const cancelled = mcpRequest(stack, { headers, message: toolCall(7, BOB) });
      await reached();
      await mcpRequest(stack, { headers, message: cancelOf(7) });
      expect((await cancelled).status).toBe(202);
      expect((await rows(billing))[0]).toMatchObject({ state: "held", usd_cents: 700 });
      await using other = await connectHttp(stack, billing.vault_key, {
        headers: { "x-agent-run-id": "shared" },
        era: "2026",
      });
      expect(await other.call("create_charge", BOB)).toMatchObject({ ok: true, replayed: true });
      expect((await rows(billing)).map(({ state }) => state)).toContain("posted");
      expect(await charges()).toBe(1);
    });

    test.each([
      ["too long", "x".repeat(201), 400],
      ["too long once it is encoded", "\u00e9".repeat(67), 400],
      ["not ASCII", "b\u00fcro-\u00e9", 200],
      ["an encoded line break", "%0d%0aX-Evil: 1", 200],
      ["punctuation", `a"b';--<script>{}\\`, 200],
    ])("a run id that is %s forges nothing", async (_what, runId, status) => {
      const opened = await openRaw(stack, billing.vault_key, { "x-agent-run-id": runId });
      expect(opened.status).toBe(status);
      if (status !== 200) return;
      for (const replayed of [false, true]) {
        const headers = await session(billing, { "x-agent-run-id": runId });
        const { body } = await mcpRequest(stack, { headers, message: toolCall(1, BOB) });
        expect(body.result.structuredContent).toMatchObject({ ok: true, replayed });
      }
      for (const row of await rows(billing)) expect(row.run_id).toMatch(/^[\x20-\x7e]{1,200}$/);
      expect(await charges()).toBe(1);
    });
  });

  test.each([
    ["another vault key", `vk_test_${"A".repeat(43)}`],
    ["a Stripe key", "sk_live_51H8abcDEFghi"],
  ])("%s is refused as a run id, and shown nowhere when it is put elsewhere", async (_what, secret) => {
    const from = seen.length;
    const named = await openRaw(stack, billing.vault_key, { "x-agent-run-id": `run ${secret}` });
    expect(named).toMatchObject({ status: 400, body: { error: { code: "request_invalid" } } });
    const headers = { ...(await session(billing)), "x-agent-name": secret, "x-agent-turn": secret };
    const messages = [
      toolCall(1, { ...BOB, description: secret }),
      toolCall(2, { ...BOB, reference: secret }),
      toolCall(3, { ...BOB, customer_id: secret }),
      toolCall(4, { ...BOB, [secret]: secret }),
      toolCall(5, {}, secret),
      { jsonrpc: "2.0", id: 6, method: secret },
    ];
    for (const message of messages) {
      const answer = await mcpRequest(stack, { headers, message });
      expect(answer).toMatchObject({ status: 200, body: { id: message.id } });
    }
    await mcpRequest(stack, { headers: { ...headers, "mcp-protocol-version": secret }, message: LIST });
    const everything = [...seen.slice(from), ...stack.logLines, JSON.stringify(await rows(billing))];
    expect(everything.join("\n")).not.toContain(secret);
  });

  const nested = (open: string, close: string) =>
    JSON.stringify(toolCall(1, { customer_id: "HERE" })).replace(
      '"HERE"',
      `${open.repeat(20_000)}1${close.repeat(20_000)}`,
    );
  test.each([
    ["deep objects", nested('{"a":', "}"), 200],
    ["deep arrays", nested("[", "]"), 200],
    ["null", "null", 400],
    ["empty", "", 400],
    ["an empty batch", "[]", 400],
    ["an id that is none", '{"jsonrpc":"2.0","id":{},"method":"tools/list"}', 400],
    ["no version", '{"id":1,"method":"tools/list"}', 400],
    ["a tool of the prototype", JSON.stringify(toolCall(1, {}, "__proto__")), 200],
    ["an answer", '{"jsonrpc":"2.0","id":1,"result":{}}', 202],
    ["a second initialize", JSON.stringify(INITIALIZE), 400],
  ])("a body of %s is answered, and the session goes on", async (_what, text, status) => {
    const headers = await session(billing);
    expect((await mcpRequest(stack, { headers, text })).status).toBe(status);
    expect((await mcpRequest(stack, { headers: bearer(billing.vault_key), text })).status).toBeLessThan(500);
    expect((await mcpRequest(stack, { headers, message: LIST })).status).toBe(200);
    expect(await rows(billing)).toEqual([]);
  });

  test("a client that goes away in the middle of its body is no fault of the proxy's", async () => {
    const from = stack.logLines.length;
    const socket = connect(stack.port, "127.0.0.1");
    const head = ["POST /mcp HTTP/1.1", "host: localhost", `authorization: Bearer ${billing.vault_key}`];
    socket.write(
      `${[...head, "content-type: application/json", "content-length: 500"].join("\r\n")}\r\n\r\n{`,
    );
    // Once a later request is answered, the first has been read.
    await session(billing);
    socket.destroy();
    await session(billing);
    await session(billing);
    expect(stack.logLines.slice(from).filter((line) => line.includes("mcp request failed"))).toEqual([]);
  });
});
