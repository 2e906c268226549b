import { createRun, createToolset, type FetchLike, ROLES } from "@keybrake/core";
import { Client } from "@modelcontextprotocol/client";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { expect, test } from "vitest";
import { createMcpServer } from "./create-mcp-server.ts";

const VAULT_KEY = "vk_test_0123456789";

async function clientOf(...parameters: Parameters<typeof createMcpServer>): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await createMcpServer(...parameters).connect(near);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(far);
  return client;
}

const simulated = (role: "billing" | "refund" | "audit") =>
  createToolset(role, { vaultKey: "", mode: "simulate", run: createRun() });

test("the tools of several sets, each once; left-out fields need not be named", async () => {
  const client = await clientOf([simulated("refund"), simulated("audit")]);
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  expect(names).toEqual([...new Set([...ROLES.refund, ...ROLES.audit])]);
  const required = Object.fromEntries(tools.map((tool) => [tool.name, tool.inputSchema.required]));
  expect(required).toMatchObject({
    create_refund: ["charge_id"],
    retrieve_charge: ["charge_id"],
    check_existing_charge: ["customer_id"],
    list_charges: [],
    retrieve_balance: [],
  });
  for (const tool of tools) expect(tool.inputSchema).not.toHaveProperty("$schema");
});

test("no tools are an empty list", async () => {
  const client = await clientOf([]);
  expect((await client.listTools()).tools).toEqual([]);
});

test("a success is JSON in the text too; its structured content fits the published schema", async () => {
  const client = await clientOf([simulated("billing")]);
  // Listed first, so that the client checks the result against the schema.
  await client.listTools();
  const result = await client.callTool({
    name: "create_charge",
    arguments: { customer_id: "cus_1", amount_cents: 500 },
  });
  expect(result.isError).toBe(false);
  expect(result.structuredContent).toMatchObject({ ok: true, amount_cents: 500, replayed: false });
  expect(result.content).toEqual([{ type: "text", text: JSON.stringify(result.structuredContent) }]);
});

test("a failure is an error result in words; no answer of the proxy brings the key out", async () => {
  const message = `No such key ${VAULT_KEY}.`;
  const fetch: FetchLike = async () => ({
    status: 401,
    headers: { get: () => null },
    text: async () => JSON.stringify({ error: { code: "invalid_vault_key", message } }),
  });
  const options = { vaultKey: VAULT_KEY, proxyUrl: "http://127.0.0.1:1", fetch };
  const client = await clientOf([createToolset("refund", options)]);
  const result = await client.callTool({ name: "create_refund", arguments: { charge_id: "ch_1" } });
  expect(result).toMatchObject({ isError: true, structuredContent: { ok: false, final: true } });
  const [text] = result.content as { text: string }[];
  expect(text?.text).toMatch(/Stop/);
  expect(JSON.stringify(result)).not.toContain(VAULT_KEY);
});

test("a call that the client cancels is aborted", async () => {
  const { promise: sent, resolve } = Promise.withResolvers<AbortSignal>();
  const fetch: FetchLike = (_url, { signal }) => {
    resolve(signal);
    return new Promise(() => {});
  };
  const options = { vaultKey: VAULT_KEY, proxyUrl: "http://127.0.0.1:1", fetch };
  const client = await clientOf([createToolset("billing", options)]);
  const leave = new AbortController();
  const input = { customer_id: "cus_1", amount_cents: 500 };
  const call = client.callTool({ name: "create_charge", arguments: input }, { signal: leave.signal });
  const signal = await sent;
  leave.abort();
  await expect(call).rejects.toThrow();
  await expect.poll(() => signal.aborted).toBe(true);
});
