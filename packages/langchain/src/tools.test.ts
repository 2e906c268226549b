import type { ScriptedTurn } from "@keybrake/contract";
import { createScript, startWorkbench, type Workbench } from "@keybrake/contract";
import { createRun, createToolset, type Outcome, type ToolInput } from "@keybrake/core";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { createAgent, createMiddleware, toolRetryMiddleware } from "langchain";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { ScriptedModel } from "../test/driver.ts";
import { auditTools, billingTools, fromToolset, refundTools } from "./index.ts";

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
const model = (...turns: ScriptedTurn[]) => new ScriptedModel(createScript(turns));
const messages = [new HumanMessage("Charge June.")];
const answers = (state: { messages: object[] }) =>
  state.messages.filter((message) => ToolMessage.isInstance(message));

describe("invoked without an agent", () => {
  test("with arguments it gives the outcome, with a tool call a message", async () => {
    const options = await world.options();
    const [create] = billingTools({ ...options, only: ["create_charge"] });
    const outcome = await create?.invoke(june);
    expect(outcome).toMatchObject({ ok: true, replayed: false, amount_cents: 2900 });
    const message = await create?.invoke({ type: "tool_call", id: "c1", name: "create_charge", args: june });
    expect(message).toMatchObject({ status: "success", tool_call_id: "c1", name: "create_charge" });
    expect(message?.artifact).toMatchObject({ ok: true, replayed: true });
    expect(JSON.parse(String(message?.content))).toEqual(message?.artifact);
  });

  test("invalid input and a refusal are answers, not throws", async () => {
    const options = await world.options();
    const [create] = billingTools({ ...options, only: ["create_charge"] });
    expect(await create?.invoke({ ...june, amount_cents: -1 })).toMatchObject({ code: "invalid_input" });
    expect(await options.rows()).toHaveLength(0);
    const args = { ...june, amount_cents: 20_000 };
    const message = await create?.invoke({ type: "tool_call", id: "c1", name: "create_charge", args });
    expect(message).toMatchObject({
      status: "error",
      content: expect.stringMatching(/cap.*stop/is),
      artifact: { ok: false, final: true, code: "spend_cap_exceeded" },
    });
  });

  test("a signal that is aborted already does not hang, and sends nothing", async () => {
    const options = await world.options();
    const [create] = billingTools({ ...options, only: ["create_charge"] });
    expect(await create?.invoke(june, { signal: AbortSignal.abort() })).toMatchObject({ code: "aborted" });
    expect(await options.rows()).toHaveLength(0);
  });
});

test("a model is offered every field and every constraint", () => {
  const tools = billingTools({ vaultKey: "", mode: "simulate" });
  const [create] = tools.map((tool) => convertToOpenAITool(tool).function);
  expect(create).toMatchObject({
    name: "create_charge",
    parameters: {
      required: ["customer_id", "amount_cents", "currency", "description", "billing_period", "reference"],
      additionalProperties: false,
      properties: { amount_cents: { type: "integer", minimum: 1, maximum: 99_999_999 } },
    },
  });
});

describe("in an agent", () => {
  test("absent fields are null; thread and turn stand in the audit log", async () => {
    const options = await world.options();
    const run = createRun({ runId: "run-1", agent: "billing" });
    const input = { customer_id: "cus_demo_alice", amount_cents: 100 };
    const agent = createAgent({
      model: model([{ tool: "create_charge", input }], "Done."),
      tools: billingTools({ ...options, run }),
    });
    await agent.invoke({ messages }, { configurable: { thread_id: "thread-7" } });
    expect(await options.rows()).toMatchObject([
      { run_id: "run-1", agent: "billing", conversation_id: "thread-7", turn: "1", state: "posted" },
    ]);
  });

  test("parallel calls: one act is one charge, two references are two", async () => {
    const options = await world.options();
    const calls = [charge(), charge(), charge({ reference: "A" }), charge({ reference: "B" })];
    const agent = createAgent({ model: model(calls, "Done."), tools: billingTools(options) });
    const state = await agent.invoke({ messages });
    const ids = answers(state).map((message) => (message.artifact as { id: string }).id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(3);
    expect(await options.rows()).toHaveLength(3);
  });

  test("middleware that retries tools executes a refused call once", async () => {
    const options = await world.options();
    // `never`: LangChain's own types of middleware do not compile under exactOptionalPropertyTypes.
    const middleware = [toolRetryMiddleware({ maxRetries: 3, initialDelayMs: 1 }) as never];
    const tools = billingTools(options);
    const agent = createAgent({ model: model([charge({ amount_cents: 20_000 })], "No."), tools, middleware });
    const [answer] = answers(await agent.invoke({ messages }));
    expect(answer).toMatchObject({ status: "error", artifact: { code: "spend_cap_exceeded" } });
    expect(await options.rows()).toHaveLength(1);
  });

  test("middleware around tool calls does not end the run at a refusal or an invalid input", async () => {
    const options = await world.options();
    const middleware = [createMiddleware({ name: "pass", wrapToolCall: (request, next) => next(request) })];
    const calls = [charge(), charge({ amount_cents: 20_000 }), charge({ amount_cents: "all" })];
    const agent = createAgent({ model: model(calls, "Done."), tools: billingTools(options), middleware });
    const state = await agent.invoke({ messages });
    expect(answers(state).map((message) => message.artifact)).toMatchObject([
      { ok: true },
      { ok: false, code: "spend_cap_exceeded" },
      { ok: false, code: "invalid_input" },
    ]);
    expect(state.messages.at(-1)?.text).toBe("Done.");
  });

  test("arguments that are not JSON end the run, and nothing is sent", async () => {
    const options = await world.options();
    const broken = { tool: "create_charge", input: '{"customer_id": ' };
    const agent = createAgent({ model: model([broken], "Done."), tools: billingTools(options) });
    const state = await agent.invoke({ messages });
    expect(answers(state)).toHaveLength(0);
    expect(await options.rows()).toHaveLength(0);
  });

  test("nothing of a run holds the vault key", async () => {
    const options = await world.options();
    const tools = billingTools(options);
    const agent = createAgent({ model: model([charge()], "Done."), tools });
    const state = await agent.invoke({ messages });
    const texts = [state.messages, tools, tools.map((tool) => Object.values(tool).map(String))];
    expect(JSON.stringify(texts)).not.toContain(options.vaultKey);
  });
});

test("types: names, inputs and outcomes without a cast", async () => {
  const simulated = { vaultKey: "", mode: "simulate" as const };
  const tools = [...billingTools(simulated), ...auditTools(simulated), ...refundTools(simulated)];
  createAgent({ model: model("Done."), tools });
  const [refund] = refundTools({ ...simulated, only: ["create_refund"] });
  expectTypeOf(refund?.name).toEqualTypeOf<"create_refund" | undefined>();
  const input: ToolInput<"create_refund"> = {
    charge_id: "ch_1",
    amount_cents: 1,
    reason: null,
    reference: null,
  };
  const outcome = await refund?.invoke(input);
  expectTypeOf(outcome).toEqualTypeOf<Outcome | undefined>();
  expect(outcome).toMatchObject({ operation: "refunds.create" });
  // @ts-expect-error an amount is a number
  await refund?.invoke({ ...input, amount_cents: "all" });
  // @ts-expect-error a billing key has no refund tool
  expect(() => billingTools({ ...simulated, only: ["create_refund"] })).toThrow();
  const readOnly = fromToolset(createToolset("billing", simulated).readOnly());
  expectTypeOf(readOnly[0]?.name).toEqualTypeOf<"retrieve_customer" | "list_customers" | undefined>();
  expect(readOnly.map((tool) => tool.name)).toEqual(["retrieve_customer", "list_customers"]);
});
