import { AxBootstrapFewShot, type AxChatResponse, AxMemory, AxMockAIService, ax, bestOfN } from "@ax-llm/ax";
import { createScript, type ScriptedTurn, startWorkbench, type Workbench } from "@keybrake/contract";
import { createRun, createToolset, type Outcome, type ToolInput } from "@keybrake/core";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { scriptedService, toolTextsOf } from "../test/driver.ts";
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

async function run(functions: ReturnType<typeof billingTools>, ...turns: ScriptedTurn[]) {
  const prompts: Parameters<typeof toolTextsOf>[0][] = [];
  const service = scriptedService(createScript(turns), prompts as never);
  const program = ax("question:string -> answer:string", { functions });
  const options = { stream: false as const, mem: new AxMemory(), sessionId: "conv-7" };
  const { answer } = await program.forward(service, { question: "Charge." }, options);
  const traces = [program.getTraces(), program.getChatLog(), options.mem.history(0)];
  return { answer, texts: toolTextsOf(prompts.at(-1) ?? []), prompts, traces };
}

/** A service without function calls, whose model writes texts. */
function textService(script: ReturnType<typeof createScript>) {
  return new AxMockAIService<string>({
    features: { functions: false, streaming: true },
    chatResponse: async () => {
      const content = String(await script.next([]));
      return new ReadableStream<AxChatResponse>({
        start: (controller) => {
          controller.enqueue({ results: [{ index: 0, content, finishReason: "stop" }] });
          controller.close();
        },
      });
    },
  });
}

test("parameters are in Ax's own form: bounds kept, or null as a list of types", () => {
  const [refund] = refundTools({ vaultKey: "", mode: "simulate" });
  expect(refund?.parameters).toMatchObject({
    type: "object",
    additionalProperties: false,
    // What may be null may be left out.
    required: ["charge_id"],
    properties: {
      charge_id: { type: "string", pattern: expect.any(String) },
      amount_cents: { type: ["integer", "null"], minimum: 1, maximum: 99_999_999 },
      reason: {
        type: ["string", "null"],
        enum: ["duplicate", "fraudulent", "requested_by_customer", null],
        description: expect.stringContaining("Why"),
      },
    },
  });
  // Gemini refuses a whole request for the one, and Ax drops the other on the way to it.
  expect(JSON.stringify(refund?.parameters)).not.toMatch(/\$schema|anyOf/);
});

test("one act is one charge; session and turn stand in the audit log", async () => {
  const options = await world.options();
  const calls = [charge(), charge(), charge({ reference: "A" })];
  const { answer, texts } = await run(billingTools(options), calls, "Done.");
  expect(answer).toBe("Done.");
  expect(texts.map((text) => JSON.parse(text))).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
  const row = { conversation_id: "conv-7", turn: "1", state: "posted" };
  expect(await options.rows()).toMatchObject([row, row]);
});

test("a conversation that the options name goes before Ax's session", async () => {
  const options = { ...(await world.options()), run: createRun(), conversationId: "conv-1" };
  await run(billingTools(options), [charge()], "Done.");
  expect(await options.rows()).toMatchObject([{ conversation_id: "conv-1" }]);
});

describe("what Ax runs again is one charge", () => {
  test("an assertion that rejects the answer", async () => {
    const options = await world.options();
    const program = ax("question:string -> answer:string", { functions: billingTools(options) });
    program.addAssert(({ answer }) => answer !== "Done." || "Say more.");
    const script = createScript([[charge()], "Done.", [charge({ description: "again" })], "Finished."]);
    await program.forward(scriptedService(script), { question: "Charge." }, { stream: false });
    expect((await options.rows()).filter(({ state }) => state === "posted")).toHaveLength(1);
  });

  test("a parallel call of a function that does not exist", async () => {
    const options = await world.options();
    const turns = [[charge(), { tool: "no_such_tool", input: {} }], [charge()], "Done."];
    expect((await run(billingTools(options), ...turns)).answer).toBe("Done.");
    expect((await options.rows()).filter(({ state }) => state === "posted")).toHaveLength(1);
  });

  test("the candidates of bestOfN", async () => {
    const options = await world.options();
    const program = ax("question:string -> answer:string", { functions: billingTools(options) });
    const best = bestOfN(program, { n: 3, strategy: "serial", rewardFn: () => 0 });
    const script = createScript([[charge()], "A.", [charge()], "B.", [charge()], "C."]);
    await best.forward(scriptedService(script), { question: "Charge." }, { stream: false });
    const decisions = (await options.rows()).map(({ decision }) => decision);
    expect(decisions).toEqual(["allowed", "replayed", "replayed"]);
  });
});

test("an optimizer's trials in simulate mode send nothing", async () => {
  let requests = 0;
  const fetch = async () => {
    requests += 1;
    throw new Error("no network in simulate mode");
  };
  const functions = billingTools({ vaultKey: "", mode: "simulate", fetch });
  const program = ax("question:string -> answer:string", { functions });
  const studentAI = new AxMockAIService<string>({
    features: { functions: true, streaming: false },
    chatResponse: async ({ chatPrompt }) => {
      const last = chatPrompt.at(-1);
      if (last?.role === "function") {
        const content = `Answer: ${JSON.parse(last.result).ok ? "charged" : "failed"}`;
        return { results: [{ index: 0, content, finishReason: "stop" }] };
      }
      const call = { name: "create_charge", params: JSON.stringify(june) };
      const functionCalls = [{ id: "call", type: "function" as const, function: call }];
      return { results: [{ index: 0, functionCalls, finishReason: "stop" }] };
    },
  });
  const optimizer = new AxBootstrapFewShot({ studentAI, options: { maxRounds: 2 } });
  const examples = ["Charge June.", "Charge it."].map((question) => ({ question, answer: "charged" }));
  const { demos } = await optimizer.compile(program, examples, ({ prediction }) =>
    (prediction as { answer?: string }).answer === "charged" ? 1 : 0,
  );
  expect(demos?.[0]?.traces.length).toBeGreaterThan(0);
  expect(requests).toBe(0);
});

test("in prompt mode, which cannot say null, a call may leave out what may be null", async () => {
  const options = await world.options();
  const functions = billingTools({ ...options, only: ["create_charge"] });
  const program = ax("question:string -> answer:string", { functions, functionCallMode: "prompt" });
  const { customer_id, amount_cents, billing_period } = june;
  const fields = Object.entries({ customer_id, amount_cents, billing_period });
  const text = fields.map(([name, value]) => `create_charge_${name}: ${value}`).join("\n");
  // A service that answers with text alone; it is asked once.
  const script = createScript([text]);
  for await (const _ of program.streamingForward(textService(script), { question: "Charge." }, {}));
  expect(await options.rows()).toMatchObject([{ amount_minor: 2900, state: "posted" }]);
});

test("invalid input, which Ax would execute, never reaches the proxy, and the run goes on", async () => {
  const options = await world.options();
  const calls = [
    charge({ amount_cents: -1 }),
    charge({ amount_cents: "all" }),
    { tool: "create_charge", input: {} },
  ];
  const { answer, texts } = await run(billingTools(options), calls, "No.");
  expect(answer).toBe("No.");
  expect(texts).toHaveLength(3);
  for (const text of texts) expect(text).toMatch(/Nothing was sent/);
  expect(await options.rows()).toHaveLength(0);
});

test("a refusal does not end the run, and later calls send nothing", async () => {
  const options = await world.options();
  const storm = [1, 2, 3].map((more) => [charge({ amount_cents: 20_000 + more })]);
  const { answer, texts } = await run(billingTools(options), ...storm, "I stop.");
  expect(answer).toBe("I stop.");
  for (const text of texts) expect(JSON.parse(text)).toMatchObject({ ok: false, final: true });
  expect(await options.rows()).toHaveLength(1);
});

test("arguments that are not JSON end the run, and nothing is sent", async () => {
  const options = await world.options();
  const broken = { tool: "create_charge", input: '{"customer_id": ' };
  await expect(run(billingTools(options), [broken], "No.")).rejects.toThrow(/arguments/i);
  expect(await options.rows()).toHaveLength(0);
});

test("without an approval of Ax's own, core's answer asks for a person, whose yes carries the call out", async () => {
  const options = { ...(await world.options()), run: createRun(), requireApproval: () => true };
  const { texts } = await run(billingTools(options), [charge()], "I wait.");
  const { code, approval } = JSON.parse(String(texts[0]));
  expect(code).toBe("approval_required");
  expect(await options.rows()).toHaveLength(0);
  const tool = createToolset("billing", options).tools.find(({ name }) => name === approval.tool);
  expect(await tool?.execute(approval.input, { approved: true })).toMatchObject({ ok: true });
  expect(await options.rows()).toMatchObject([{ amount_minor: 2900 }]);
});

test("an aborted signal sends nothing", async () => {
  const options = await world.options();
  const [create] = billingTools({ ...options, only: ["create_charge"] });
  expect(await create?.func(june, { abortSignal: AbortSignal.abort() })).toMatchObject({ code: "aborted" });
  expect(await options.rows()).toHaveLength(0);
});

test("nothing of a run holds the vault key", async () => {
  const options = await world.options();
  const tools = billingTools(options);
  const { prompts, traces } = await run(tools, [charge()], "Done.");
  const texts = [prompts, traces, tools, tools.map((tool) => Object.values(tool).map(String))];
  expect(JSON.stringify(texts)).not.toContain(options.vaultKey);
});

test("types: names, inputs and outcomes without a cast", async () => {
  const simulated = { vaultKey: "", mode: "simulate" as const };
  const functions = [...billingTools(simulated), ...auditTools(simulated)];
  ax("question:string -> answer:string", { functions });
  const [refund] = refundTools({ ...simulated, only: ["create_refund"] });
  expectTypeOf(refund?.name).toEqualTypeOf<"create_refund" | undefined>();
  const input: ToolInput<"create_refund"> = {
    charge_id: "ch_1",
    amount_cents: 1,
    reason: null,
    reference: null,
  };
  const outcome = await refund?.func(input);
  expectTypeOf(outcome).toEqualTypeOf<Outcome | undefined>();
  expect(outcome).toMatchObject({ operation: "refunds.create" });
  // @ts-expect-error a billing key has no refund tool
  expect(() => billingTools({ ...simulated, only: ["create_refund"] })).toThrow();
  const readOnly = fromToolset(createToolset("billing", simulated).readOnly());
  expect(readOnly.map((tool) => tool.name)).toEqual(["retrieve_customer", "list_customers"]);
});
