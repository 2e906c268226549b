import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { cancelOf, INITIALIZE, startStdio, toolCall } from "./mcp-clients.ts";
import { type IssuedKey, type Stack, startStack } from "./stack.ts";

const BOB = { customer_id: "cus_demo_bob", amount_cents: 700 };
const OPENING = [INITIALIZE, { jsonrpc: "2.0", method: "notifications/initialized" }];
const DONE = { id: 7, result: { structuredContent: { ok: true, replayed: false } } };

describe("MCP over stdio, used badly", () => {
  let stack: Stack;
  let billing: IssuedKey;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack[Symbol.asyncDispose]());
  beforeEach(async () => {
    await stack.control.reset();
    await stack.control.clearFaults();
    billing = await stack.issue({ role: "billing", daily_usd_cap: 100 });
  });

  const charges = async () => (await stack.control.summary()).charges.created;
  const slow = (delay_ms: number) =>
    stack.control.addFault({ operation: "charges.create", kind: "delay", delay_ms, times: 1 });
  const reached = () =>
    // A process starts meanwhile, on a busy machine too.
    expect
      .poll(async () => (await stack.control.requests()).data.length, { timeout: 15_000 })
      .toBeGreaterThan(0);

  const start = (args: readonly string[], env: Record<string, string> = {}) =>
    startStdio(stack, ["--role", "billing", ...args], { KEYBRAKE_VAULT_KEY: billing.vault_key, ...env });

  test("input that ends right behind a call: the call is carried out and answered", async () => {
    const server = start(["--run-id", "piped"]);
    server.send(...OPENING, toolCall(7, BOB));
    server.process.stdin.end();
    const { code, messages } = await server.ended();
    expect([code, messages.at(-1)]).toMatchObject([0, DONE]);
  });

  test("SIGTERM lets the call that runs end; one that was cancelled holds nothing up", async () => {
    await slow(400);
    const server = start(["--run-id", "terminated"]);
    server.send(...OPENING, toolCall(7, BOB), toolCall(8, { ...BOB, reference: "x" }), cancelOf(8));
    await reached();
    server.process.kill("SIGTERM");
    const { code, messages } = await server.ended();
    expect([code, messages.at(-1)]).toMatchObject([0, DONE]);
    expect(await charges()).toBe(1);
  });

  test("SIGTERM without a call, a reader that is gone and a line without end all end it at once", async () => {
    const idle = start([]);
    await new Promise((resolve) => idle.process.stderr.once("data", resolve));
    idle.process.kill("SIGTERM");
    expect(await idle.ended()).toMatchObject({ code: 0, messages: [] });
    const unread = start([]);
    unread.process.stdout.destroy();
    unread.send(...OPENING);
    expect((await unread.ended()).code).toBe(0);
    await slow(5000);
    const flooded = start([]);
    flooded.send(...OPENING, toolCall(7, BOB));
    await reached();
    flooded.process.stdin.write("x".repeat(16 * 1024 * 1024));
    const { code, milliseconds } = await flooded.ended();
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(4000);
  });

  test("lines that are no messages are passed over, and stdout holds messages alone", async () => {
    const server = start([]);
    server.process.stdin.write(`not json\n{"a":1}\n${billing.vault_key}\n`);
    server.send(...OPENING, toolCall(7, BOB));
    server.process.stdin.end();
    const { messages, stderr } = await server.ended();
    expect(messages.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([
      ["2.0", 1],
      ["2.0", 7],
    ]);
    expect(stderr).toMatch(/^keybrake mcp: billing tools for run .*\n.*no JSON-RPC message.*\n$/);
    expect(stderr).not.toContain(billing.vault_key);
  });

  test.each([
    ["no key", { KEYBRAKE_VAULT_KEY: "" }, [], /set KEYBRAKE_BILLING_VAULT_KEY or KEYBRAKE_VAULT_KEY/],
    [
      "a Stripe key",
      { KEYBRAKE_VAULT_KEY: "sk_live_51H8abcDEFghi" },
      [],
      /Stripe API key .* not a vault key/,
    ],
    [
      "another secret",
      { KEYBRAKE_BILLING_VAULT_KEY: "secret-admin-key" },
      [],
      /KEYBRAKE_BILLING_VAULT_KEY holds no/,
    ],
    ["a key as run", {}, ["--run-id", "sk_live_51H8abcDEFghi"], /run's name holds a key/],
    ["a key as agent", {}, ["--agent", "vk_test_51H8abcDEFghi"], /--agent holds a key/],
  ])("%s ends it with a message and the code for wrong settings", async (_what, env, args, message) => {
    const { code, messages, stderr } = await start(args, env as Record<string, string>).ended();
    expect([code, messages]).toEqual([2, []]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/51H8abcDEFghi|secret-admin-key/);
  });
});
