import { createScript, type ScriptedTurn, startWorkbench, type Workbench } from "@keybrake/contract";
import { createRun, createToolset, type ToolInput } from "@keybrake/core";
import { agent, agentToolCallResultEvent } from "@llamaindex/workflow";
import { afterAll, beforeAll, expect, expectTypeOf, test, vi } from "vitest";
import { ScriptedLLM } from "../test/driver.ts";
import { auditTools, billingTools, fromToolset, type LlamaIndexOutcome, refundTools } from "./index.ts";

let world: Workbench;
beforeAll(async () => {
  world = await startWorkbench();
});
afterAll(() => world[Symbol.asyncDispose]());

const june = {
  customer_id: "cus_demo_alice",
  amount_cents: 2900,
  currency: null,
  description: null,
  billing_period: "2026-06",
  reference: null,
};
const charge = (input: object = {}) => ({ tool: "create_charge", input: { ...june, ...input } });

async function run(tools: ReturnType<typeof billingTools>, ...turns: ScriptedTurn[]) {
  const workflow = agent({ llm: new ScriptedLLM(createScript(turns)), tools });
  const results: { readonly isError: boolean; readonly result: unknown }[] = [];
  for await (const event of workflow.runStream("Charge."))
    if (agentToolCallResultEvent.include(event)) results.push(event.data.toolOutput);
  return results;
}

test("a charge is no error to LlamaIndex, though Stripe's object has fields that are null", async () => {
  const options = await world.options();
  const results = await run(billingTools(options), [charge(), charge()], "Done.");
  expect(results).toMatchObject([
    { isError: false, result: expect.stringMatching(/ok: true/) },
    { isError: false, result: expect.stringMatching(/replayed: true/) },
  ]);
  expect((await options.rows()).filter((row) => row.decision === "allowed")).toHaveLength(1);
});

test("an empty list and its absent id are no error either", async () => {
  const options = await world.options({ role: "audit", daily_usd_cap: 0 });
  const [list] = auditTools({ ...options, only: ["list_refunds"] });
  const outcome = await list?.call({ charge_id: null, limit: null, starting_after: null });
  expect(outcome).toMatchObject({ ok: true, status: "ok" });
  expect(outcome).not.toHaveProperty("id");
});

test("invalid input, which LlamaIndex would execute, never reaches the proxy and logs nothing", async () => {
  const warn = vi.spyOn(console, "warn");
  const options = await world.options();
  const calls = [
    charge({ amount_cents: -1 }),
    charge({ amount_cents: "all" }),
    { tool: "create_charge", input: "x" },
  ];
  const results = await run(billingTools(options), calls, "No.");
  expect(results).toHaveLength(3);
  for (const { result } of results) expect(result).toMatch(/invalid_input.*Nothing was sent/s);
  expect(await options.rows()).toHaveLength(0);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test("a refusal says stop, and later calls send nothing", async () => {
  const options = await world.options();
  const storm = [1, 2, 3].map((more) => [charge({ amount_cents: 20_000 + more })]);
  const results = await run(billingTools(options), ...storm, "I stop.");
  for (const { result } of results) expect(result).toMatch(/final: true/);
  expect(await options.rows()).toHaveLength(1);
});

test("bind passes on what LlamaIndex does not: conversation, signal, a person's approval", async () => {
  const options = await world.options();
  const requireApproval = (input: Readonly<Record<string, unknown>>) => Number(input.amount_cents) > 1000;
  const run = createRun();
  const [create] = billingTools({ ...options, run, requireApproval, only: ["create_charge"] });
  const asked = await create?.bind({ conversationId: "conv-7", turn: 3 }).call(june);
  expect(asked).toMatchObject({ ok: false, code: "approval_required", approval: { tool: "create_charge" } });
  expect(await options.rows()).toHaveLength(0);
  const signal = AbortSignal.abort();
  expect(await create?.bind({ approved: true, signal }).call(june)).toMatchObject({ code: "aborted" });
  expect(await create?.bind({ approved: true, conversationId: "conv-7" }).call(june)).toMatchObject({
    ok: true,
  });
  expect(await options.rows()).toMatchObject([{ conversation_id: "conv-7", amount_minor: 2900 }]);
});

test("nothing of the tools holds the vault key", async () => {
  const options = await world.options();
  const tools = billingTools(options);
  const results = await run(tools, [charge()], "Done.");
  const texts = [
    results,
    tools,
    tools.map(({ metadata }) => metadata),
    tools.map((tool) => String(tool.call)),
  ];
  expect(JSON.stringify(texts)).not.toContain(options.vaultKey);
});

test("types: names, inputs and outcomes without a cast", async () => {
  const simulated = { vaultKey: "", mode: "simulate" as const };
  const tools = [...billingTools(simulated), ...auditTools(simulated)];
  agent({ llm: new ScriptedLLM(createScript([])), tools });
  const [refund] = refundTools({ ...simulated, only: ["create_refund"] });
  expectTypeOf(refund?.metadata.name).toEqualTypeOf<"create_refund" | undefined>();
  const input: ToolInput<"create_refund"> = {
    charge_id: "ch_1",
    amount_cents: 1,
    reason: null,
    reference: null,
  };
  const outcome = await refund?.call(input);
  expectTypeOf(outcome).toEqualTypeOf<LlamaIndexOutcome | undefined>();
  expect(outcome).toMatchObject({ operation: "refunds.create" });
  // @ts-expect-error an amount is a number
  await refund?.call({ ...input, amount_cents: "all" });
  // @ts-expect-error a billing key has no refund tool
  expect(() => billingTools({ ...simulated, only: ["create_refund"] })).toThrow();
  const readOnly = fromToolset(createToolset("billing", simulated).readOnly());
  expect(readOnly.map(({ metadata }) => metadata.name)).toEqual(["retrieve_customer", "list_customers"]);
});
