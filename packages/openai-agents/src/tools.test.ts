import { createScript, type ScriptedTurn, startWorkbench, type Workbench } from "@keybrake/contract";
import { createRun, createToolset, type Outcome, type ToolInput } from "@keybrake/core";
import {
  Agent,
  invokeFunctionTool,
  ModelBehaviorError,
  RunContext,
  Runner,
  RunState,
  RunToolCallOutputItem,
} from "@openai/agents-core";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { ScriptedModel, toolTextsOf } from "../test/driver.ts";
import { auditTools, billingTools, fromToolset, type OpenAiTool, refundTools } from "./index.ts";

let world: Workbench;
beforeAll(async () => {
  world = await startWorkbench();
});
afterAll(() => world[Symbol.asyncDispose]());

const runner = new Runner({ tracingDisabled: true });
const june = {
  customer_id: "cus_demo_alice",
  amount_cents: 2900,
  currency: null,
  description: null,
  billing_period: "2026-06",
  reference: null,
};
const charge = (input: object = {}) => ({ tool: "create_charge", input: { ...june, ...input } });
const makeAgent = (tools: OpenAiTool[], ...turns: ScriptedTurn[]) =>
  new Agent({ name: "billing", tools, model: new ScriptedModel(createScript(turns)) });
const outputs = (result: { newItems: object[] }) =>
  result.newItems.flatMap((item) => (item instanceof RunToolCallOutputItem ? [item.output] : []));

test("strict schemas keep bounds and patterns, and nothing that strict mode does not document", () => {
  const [create] = billingTools({ vaultKey: "", mode: "simulate" });
  expect(create).toMatchObject({
    strict: true,
    parameters: {
      required: ["customer_id", "amount_cents", "currency", "description", "billing_period", "reference"],
      additionalProperties: false,
      properties: {
        customer_id: { pattern: expect.any(String) },
        amount_cents: { type: "integer", minimum: 1, maximum: 99_999_999 },
      },
    },
  });
  expect(JSON.stringify(create?.parameters)).not.toMatch(/minLength|maxLength|\$schema/);
});

describe("in an agent", () => {
  test("outcomes are the outputs; parallel calls of one act are one charge", async () => {
    const options = await world.options();
    const calls = [charge(), charge(), charge({ reference: "A" }), charge({ reference: "B" })];
    const result = await runner.run(makeAgent(billingTools(options), calls, "Done."), "Charge.");
    expect(outputs(result)).toMatchObject([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
    expect(await options.rows()).toHaveLength(3);
    expect(result.finalOutput).toBe("Done.");
  });

  test("invalid arguments get core's words, and nothing is sent", async () => {
    const options = await world.options();
    const calls = [charge({ amount_cents: -1 }), { tool: "create_charge", input: "{bad" }];
    const result = await runner.run(makeAgent(billingTools(options), calls, "No."), "Charge.");
    expect(outputs(result)[0]).toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("Nothing was sent"),
    });
    // The runner answers broken JSON itself.
    expect(toolTextsOf(result.history)).toEqual([expect.any(String), expect.stringContaining("valid JSON")]);
    expect(await options.rows()).toHaveLength(0);
  });

  test("without the runner, broken JSON gets core's words too", async () => {
    const [create] = billingTools({ vaultKey: "", mode: "simulate", only: ["create_charge"] });
    if (create === undefined) throw new Error("There is no tool.");
    const answer = await invokeFunctionTool({ tool: create, runContext: new RunContext(), input: "{bad" });
    expect(answer).toMatch(/must be an object.*Nothing was sent/s);
    expect(answer).not.toMatch(/try again/i);
  });

  test("a tool that does not exist ends the run, and nothing is sent", async () => {
    const options = await world.options();
    const agent = makeAgent(billingTools(options), [{ tool: "create_refund", input: {} }], "No.");
    await expect(runner.run(agent, "Refund.")).rejects.toBeInstanceOf(ModelBehaviorError);
    expect(await options.rows()).toHaveLength(0);
  });

  test("a refusal is an outcome that says stop, and later calls send nothing", async () => {
    const options = await world.options();
    const storm = [1, 2, 3].map((more) => [charge({ amount_cents: 20_000 + more })]);
    const result = await runner.run(makeAgent(billingTools(options), ...storm, "I stop."), "Charge.");
    for (const output of outputs(result)) expect(output).toMatchObject({ ok: false, final: true });
    expect(await options.rows()).toHaveLength(1);
  });
});

describe("requireApproval", () => {
  const big = (input: { amount_cents: number | null }) => (input.amount_cents ?? Infinity) > 1000;

  async function ask(amount: number | string, requireApproval: typeof big = big) {
    const options = await world.options();
    const tools = () => billingTools({ ...options, runId: `run-${amount}`, requireApproval });
    const agent = makeAgent(tools(), [charge({ amount_cents: amount })], "Done.");
    const result = await runner.run(agent, "Charge.");
    return { options, tools, result, agent };
  }

  test("a small charge goes without a person", async () => {
    const { result, options } = await ask(500);
    expect(result.interruptions).toHaveLength(0);
    expect(await options.rows()).toHaveLength(1);
  });

  test("a big one waits, survives being written down, and goes once; the text holds no key", async () => {
    const { result, options, tools } = await ask(5000);
    expect(result.interruptions).toHaveLength(1);
    expect(await options.rows()).toHaveLength(0);
    const text = result.state.toString();
    expect(text).not.toContain(options.vaultKey);
    // As in another process: agent and tools are made anew.
    for (const attempt of ["first", "again"]) {
      const agent = makeAgent(tools(), "Done.");
      const state = await RunState.fromString(agent, text);
      for (const item of state.getInterruptions()) state.approve(item);
      const resumed = await runner.run(agent, state);
      expect(outputs(resumed)).toMatchObject([{ ok: true, replayed: attempt === "again" }]);
    }
    const rows = await options.rows();
    expect(rows.filter((row) => row.decision === "allowed")).toMatchObject([{ amount_minor: 5000 }]);
  });

  test("a rejected one is not sent", async () => {
    const { result, options, agent } = await ask(5000);
    for (const item of result.interruptions) result.state.reject(item);
    expect((await runner.run(agent, result.state)).finalOutput).toBe("Done.");
    expect(await options.rows()).toHaveLength(0);
  });

  test("a check that throws asks a person; an invalid call is refused without asking", async () => {
    const failing = await ask(1, () => {
      throw new Error("boom");
    });
    expect(failing.result.interruptions).toHaveLength(1);
    const invalid = await ask("all", () => true);
    expect(outputs(invalid.result)).toMatchObject([{ code: "invalid_input" }]);
    expect(await invalid.options.rows()).toHaveLength(0);
  });
});

test("a hand-off: the other agent acts under its own key, and neither key is in what is shared", async () => {
  const billing = await world.options();
  const refund = await world.options({ role: "refund" });
  const run = createRun();
  const made = { id: "" };
  const context = { customer: "cus_demo_alice" };
  const refunder = new Agent<typeof context>({
    name: "refunder",
    tools: refundTools({ ...refund, run, agent: "refunder" }),
    model: new ScriptedModel(
      createScript([() => [{ tool: "create_refund", input: { charge_id: made.id } }], "Refunded."]),
    ),
  });
  const biller = new Agent<typeof context>({
    name: "biller",
    tools: billingTools({ ...billing, run, agent: "biller" }),
    handoffs: [refunder],
    model: new ScriptedModel(
      createScript([
        [charge()],
        ([answer]) => {
          made.id = JSON.parse(String(answer)).id;
          return [{ tool: "transfer_to_refunder", input: {} }];
        },
      ]),
    ),
  });
  const result = await runner.run(biller, "Charge June, then refund it.", { context });
  expect(result.finalOutput).toBe("Refunded.");
  expect(await billing.rows()).toMatchObject([{ operation: "charges.create", agent: "biller" }]);
  expect(await refund.rows()).toMatchObject([{ operation: "refunds.create", agent: "refunder" }]);
  const shared = JSON.stringify([result.state.toString(), result.history, context, biller, refunder]);
  expect(shared).not.toContain(billing.vaultKey);
  expect(shared).not.toContain(refund.vaultKey);
});

test("types: names, inputs and outcomes without a cast", () => {
  const simulated = { vaultKey: "", mode: "simulate" as const };
  const tools = [...billingTools(simulated), ...auditTools(simulated)];
  new Agent<{ customer: string }>({ name: "a", tools });
  new Agent({ name: "b", tools });
  const [refund] = refundTools({
    ...simulated,
    only: ["create_refund"],
    requireApproval: ({ amount_cents }) => (amount_cents ?? 0) > 1,
  });
  expectTypeOf(refund?.name).toEqualTypeOf<"create_refund" | undefined>();
  if (refund === undefined) throw new Error("There is no tool.");
  expectTypeOf<Awaited<ReturnType<typeof refund.invoke>>>().toEqualTypeOf<string | Outcome>();
  expectTypeOf<Parameters<typeof refund.needsApproval>[1]>().toEqualTypeOf<ToolInput<"create_refund">>();
  // @ts-expect-error a billing key has no refund tool
  expect(() => billingTools({ ...simulated, only: ["create_refund"] })).toThrow();
  const readOnly = fromToolset(createToolset("billing", simulated).readOnly());
  expect(readOnly.map((tool) => tool.name)).toEqual(["retrieve_customer", "list_customers"]);
});
