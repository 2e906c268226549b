import {
  createScript,
  type Script,
  type ScriptedTurn,
  startWorkbench,
  type Workbench,
} from "@keybrake/contract";
import { createRun, createToolset, type Outcome, type ToolInput } from "@keybrake/core";
import { Mastra } from "@mastra/core";
import { Agent } from "@mastra/core/agent";
import { MockMemory } from "@mastra/core/memory";
import { InMemoryStore } from "@mastra/core/storage";
import { createStep } from "@mastra/core/workflows";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test, vi } from "vitest";
import { scriptedModel } from "../test/scripted-model.ts";
import { auditTools, billingTools, fromToolset, type MastraTools, refundTools } from "./index.ts";

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
const simulated = { vaultKey: "", mode: "simulate" as const };

function makeAgent(
  tools: Partial<MastraTools>,
  turns: readonly ScriptedTurn[] | Script,
  storage = new InMemoryStore(),
) {
  const agent = new Agent({
    id: "billing",
    name: "billing",
    instructions: "Do it.",
    model: scriptedModel(turns),
    tools,
  });
  // An agent resumes a run from the storage of its Mastra.
  new Mastra({ agents: { agent }, storage, logger: false });
  return agent;
}

test("the schema keeps its bounds, and what MCP clients and people see is there", () => {
  const { create_charge: create } = billingTools(simulated);
  expect(create.inputSchema?.["~standard"].jsonSchema.input({ target: "draft-07" })).toMatchObject({
    required: ["customer_id", "amount_cents", "currency", "description", "billing_period", "reference"],
    additionalProperties: false,
    properties: { amount_cents: { type: "integer", minimum: 1, maximum: 99_999_999 } },
  });
  const annotations = { readOnlyHint: false, destructiveHint: true, idempotentHint: true };
  expect(create).toMatchObject({ title: expect.any(String), mcp: { annotations } });
});

describe("in an agent", () => {
  test("parallel calls of one act are one charge; the thread is the conversation, unless the run names one", async () => {
    const options = await world.options();
    const calls = [charge(), charge(), charge({ reference: "A" })];
    const memory = { thread: "thread-7", resource: "alice" };
    const first = await makeAgent(billingTools(options), [calls, "Done."]).generate("Charge.", { memory });
    expect(first.text).toBe("Done.");
    expect(await options.rows()).toMatchObject([
      { conversation_id: "thread-7" },
      { conversation_id: "thread-7" },
    ]);
    const named = billingTools({ ...options, run: createRun({ conversationId: "conv-1" }) });
    await makeAgent(named, [[charge({ reference: "B" })], "Done."]).generate("Charge.", { memory });
    expect((await options.rows()).at(-1)).toMatchObject({ conversation_id: "conv-1" });
  });

  test("names of the options go before Mastra's; without them the agent's id is the caller", async () => {
    const options = await world.options();
    const memory = { thread: "thread-7", resource: "alice" };
    const call = (tools: Partial<MastraTools>, reference: string) =>
      makeAgent(tools, [[charge({ reference })], "Done."]).generate("Charge.", { memory });
    const run = createRun();
    await call(billingTools({ ...options, run }), "A");
    await call(billingTools({ ...options, run, agent: "biller", conversationId: "conv-1" }), "B");
    await call(billingTools({ ...options, run: createRun({ agent: "of-the-run" }) }), "C");
    // Of a tool set that was made elsewhere, it is not known whether it names an agent.
    await call(fromToolset(createToolset("billing", { ...options, run, agent: "maker" })), "D");
    expect(await options.rows()).toMatchObject([
      { agent: "billing", conversation_id: "thread-7" },
      { agent: "biller", conversation_id: "conv-1" },
      { agent: "of-the-run", conversation_id: "thread-7" },
      { agent: "maker", conversation_id: "thread-7" },
    ]);
  });

  test("a call that Mastra sends to the background is told so in Mastra's words", async () => {
    const options = await world.options();
    const script = createScript([[charge({ _background: { enabled: true } })], "I wait.", "Done."]);
    const agent = new Agent({
      ...{ id: "billing", name: "billing", instructions: "Do it.", model: scriptedModel(script) },
      tools: billingTools(options),
      backgroundTasks: { tools: "all" },
    });
    const backgroundTasks = { enabled: true };
    new Mastra({ agents: { agent }, storage: new InMemoryStore(), backgroundTasks, logger: false });
    await agent.generate("Charge.");
    expect(script.shown).toEqual([expect.stringMatching(/^Background task started/)]);
    await vi.waitFor(async () => expect(await options.rows()).toMatchObject([{ state: "posted" }]), 10_000);
  });

  test("invalid input gets core's words, and nothing is sent", async () => {
    const options = await world.options();
    const script = createScript([
      [charge({ amount_cents: -1 }), { tool: "create_charge", input: {} }],
      "No.",
    ]);
    await makeAgent(billingTools(options), script).generate("Charge.");
    expect(script.shown).toHaveLength(2);
    for (const text of script.shown) expect(text).toMatch(/^Invalid input .* Nothing was sent/);
    expect(await options.rows()).toHaveLength(0);
  });

  test("a refusal says stop, and later calls send nothing", async () => {
    const options = await world.options();
    const storm = [1, 2, 3].map((more) => [charge({ amount_cents: 20_000 + more })]);
    const script = createScript([...storm, "I stop."]);
    const { text } = await makeAgent(billingTools(options), script).generate("Charge.");
    expect(text).toBe("I stop.");
    for (const shown of script.shown) expect(shown).toMatch(/\bstop\b/i);
    expect(await options.rows()).toHaveLength(1);
  });

  test("a sub-agent acts under its own key, which its supervisor never sees", async () => {
    const options = await world.options();
    const model = scriptedModel([[charge()], "Charged."], "worker");
    const tools = billingTools({ ...options, agent: "biller" });
    const biller = new Agent({
      id: "biller",
      name: "biller",
      description: "Bills.",
      instructions: "Bill.",
      model,
      tools,
    });
    const script = createScript([[{ tool: "agent-biller", input: { prompt: "Charge June." } }], "Done."]);
    const lead = {
      id: "lead",
      name: "lead",
      instructions: "Delegate.",
      model: scriptedModel(script, "lead"),
    };
    const result = await new Agent({ ...lead, agents: { biller } }).generate("Bill June.");
    expect(result.text).toBe("Done.");
    expect(await options.rows()).toMatchObject([{ agent: "biller", state: "posted" }]);
    expect(JSON.stringify([result.messages, script.shown])).not.toContain(options.vaultKey);
  });
});

describe("requireApproval", () => {
  const big = (input: { amount_cents: number | null }) => (input.amount_cents ?? Infinity) > 1000;

  async function ask(input: object, requireApproval: typeof big = big) {
    const options = await world.options();
    const storage = new InMemoryStore();
    const runId = `run-${JSON.stringify(input)}`;
    const agent = (...turns: ScriptedTurn[]) =>
      makeAgent(billingTools({ ...options, runId, requireApproval }), turns, storage);
    const result = await agent([charge(input)], "Done.").generate("Charge.");
    return { options, agent, storage, result, resume: { runId: result.runId ?? "", toolCallId: "call_1_0" } };
  }

  test("a small charge goes without a person", async () => {
    const { result, options } = await ask({ amount_cents: 500 });
    expect(result.finishReason).toBe("stop");
    expect(await options.rows()).toHaveLength(1);
  });

  test("a big one waits, is resumed by another agent from the storage, and goes once", async () => {
    const { result, options, agent, storage, resume } = await ask({ amount_cents: 5000 });
    expect(result.finishReason).toBe("suspended");
    expect(await options.rows()).toHaveLength(0);
    const workflows = await storage.getStore("workflows");
    const kept = await workflows?.listWorkflowRuns();
    expect(kept?.total).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(options.vaultKey);
    const resumed = await agent("Done.").approveToolCallGenerate(resume);
    expect(resumed.text).toBe("Done.");
    expect(await options.rows()).toMatchObject([{ amount_minor: 5000, state: "posted" }]);
  });

  test("a declined one is not sent", async () => {
    const { options, agent, resume } = await ask({ amount_cents: 5000 });
    const declined = await agent("Done.").declineToolCallGenerate(resume);
    expect(declined.text).toBe("Done.");
    expect(await options.rows()).toHaveLength(0);
  });

  test.each(["resumeData", "_background", "suspendedToolCallId", "suspendedToolRunId"])(
    "a model cannot go round it with the field %s, which Mastra takes out of the input",
    async (field) => {
      const { result, options } = await ask({ amount_cents: 5000, [field]: { approved: true } });
      expect(result.finishReason).toBe("suspended");
      expect(await options.rows()).toHaveLength(0);
    },
  );

  test("in a network of agents it is asked as well", async () => {
    const options = await world.options();
    const choice = {
      primitiveId: "create_charge",
      primitiveType: "tool",
      prompt: JSON.stringify(june),
      selectionReason: "It charges.",
    };
    const end = { isComplete: true, completionReason: "Charged.", finalResult: "Done." };
    const agent = new Agent({
      ...{ id: "billing", name: "billing", instructions: "Do it." },
      model: scriptedModel([JSON.stringify(choice), JSON.stringify(end)]),
      tools: billingTools({ ...options, requireApproval: big }),
      memory: new MockMemory(),
    });
    new Mastra({ agents: { agent }, storage: new InMemoryStore(), logger: false });
    const memory = { thread: "thread-7", resource: "alice" };
    const asked = await agent.network("Charge.", { memory });
    const chunks: { readonly type: string }[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    expect(chunks.map(({ type }) => type)).toContain("tool-execution-approval");
    expect(await options.rows()).toHaveLength(0);
    const approved = await agent.approveNetworkToolCall({ runId: asked.runId, memory });
    for await (const chunk of approved) chunks.push(chunk);
    expect(await options.rows()).toMatchObject([{ state: "posted", conversation_id: "thread-7" }]);
    expect(JSON.stringify(chunks)).not.toContain(options.vaultKey);
  });

  test("where Mastra does not ask, the tool set's own does", async () => {
    const options = await world.options();
    const toolset = createToolset("billing", { ...options, requireApproval: () => true });
    const { create_charge: create } = fromToolset(toolset);
    expect(await create.execute(june)).toMatchObject({ code: "approval_required" });
    expect(await options.rows()).toHaveLength(0);
  });

  test("a workflow, which would not ask, does not take the tool as a step", () => {
    const { create_charge: create } = billingTools({ ...simulated, requireApproval: big });
    expect(() => createStep(create as never)).toThrow(/schemas/);
  });

  test("a check that throws asks a person; an invalid call is refused without asking", async () => {
    const failing = await ask({}, () => {
      throw new Error("boom");
    });
    expect(failing.result.finishReason).toBe("suspended");
    const invalid = await ask({ amount_cents: "all" }, () => true);
    expect(invalid.result.finishReason).toBe("stop");
    expect(await invalid.options.rows()).toHaveLength(0);
  });

  test("without it, the agent's own requireToolApproval asks", async () => {
    const options = await world.options();
    const agent = makeAgent(billingTools(options), [[charge()], "Done."]);
    const result = await agent.generate("Charge.", { requireToolApproval: true });
    expect(result.finishReason).toBe("suspended");
    expect(await options.rows()).toHaveLength(0);
  });
});

test("an aborted signal sends nothing", async () => {
  const options = await world.options();
  const { create_charge: create } = billingTools(options);
  expect(await create.execute(june, { abortSignal: AbortSignal.abort() })).toMatchObject({ code: "aborted" });
  expect(await options.rows()).toHaveLength(0);
});

test("types: names, inputs and outcomes without a cast", async () => {
  const tools = { ...billingTools(simulated), ...auditTools(simulated) };
  new Agent({ id: "a", name: "a", instructions: "", model: scriptedModel([]), tools });
  const { create_refund: refund } = refundTools({
    ...simulated,
    only: ["create_refund"],
    requireApproval: ({ amount_cents }) => (amount_cents ?? 0) > 1,
  });
  expectTypeOf(refund.id).toEqualTypeOf<"create_refund">();
  const input: ToolInput<"create_refund"> = {
    charge_id: "ch_1",
    amount_cents: 1,
    reason: null,
    reference: null,
  };
  const outcome = await refund.execute(input);
  expectTypeOf(outcome).toEqualTypeOf<Outcome>();
  expect(outcome).toMatchObject({ operation: "refunds.create" });
  // @ts-expect-error the other tools were not asked for
  expect(refundTools({ ...simulated, only: ["create_refund"] }).list_refunds).toBeUndefined();
  // @ts-expect-error a billing key has no refund tool
  expect(() => billingTools({ ...simulated, only: ["create_refund"] })).toThrow();
  const readOnly = fromToolset(createToolset("billing", simulated).readOnly());
  expect(Object.keys(readOnly)).toEqual(["retrieve_customer", "list_customers"]);
});
