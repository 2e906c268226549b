import { createScript, startWorkbench, type Workbench } from "@keybrake/contract";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, MemorySaver } from "@langchain/langgraph";
import { createAgent, humanInTheLoopMiddleware, type InterruptOnConfig } from "langchain";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { ScriptedModel } from "../test/driver.ts";
import { billingTools, interruptOnWrites, refundTools } from "./index.ts";

let world: Workbench;
beforeAll(async () => {
  world = await startWorkbench();
});
afterAll(() => world[Symbol.asyncDispose]());

const big = (input: { amount_cents: number | null }) => (input.amount_cents ?? Infinity) > 1000;
const messages = [new HumanMessage("Charge.")];

async function ask(amount: number | string, requireApproval: typeof big = big) {
  const options = await world.options();
  const tools = billingTools(options);
  const interruptOn = interruptOnWrites(tools, requireApproval);
  const input = { customer_id: "cus_demo_alice", amount_cents: amount };
  const model = new ScriptedModel(createScript([[{ tool: "create_charge", input }], "Done."]));
  // `never`: LangChain's own types of middleware do not compile under exactOptionalPropertyTypes.
  const middleware = [humanInTheLoopMiddleware({ interruptOn } as never) as never];
  const agent = createAgent({ model, tools, middleware, checkpointer: new MemorySaver() });
  const config = { configurable: { thread_id: "t" } };
  const state = await agent.invoke({ messages }, config);
  const decide = (type: "approve" | "reject") =>
    agent.invoke(new Command({ resume: { decisions: [{ type }] } }), config);
  return { state, decide, rows: options.rows };
}

test("a small charge goes, a big one waits for a person and goes once when approved", async () => {
  const small = await ask(500);
  expect(small.state.messages.at(-1)?.text).toBe("Done.");
  expect(await small.rows()).toHaveLength(1);
  const { state, decide, rows } = await ask(5000);
  expect(state).toHaveProperty("__interrupt__");
  expect(await rows()).toHaveLength(0);
  const after = await decide("approve");
  expect(after.messages.find((message) => ToolMessage.isInstance(message))).toMatchObject({
    status: "success",
  });
  expect(await rows()).toMatchObject([{ amount_minor: 5000, state: "posted" }]);
});

test("a rejected one is not sent", async () => {
  const { decide, rows } = await ask(5000);
  const after = await decide("reject");
  expect(after.messages.at(-1)?.text).toBe("Done.");
  expect(await rows()).toHaveLength(0);
});

test("a check that throws asks a person; of an invalid call nothing is asked or sent", async () => {
  const failing = await ask(1, () => {
    throw new Error("boom");
  });
  expect(failing.state).toHaveProperty("__interrupt__");
  const invalid = await ask("all", () => true);
  expect(invalid.state).not.toHaveProperty("__interrupt__");
  expect(await invalid.rows()).toHaveLength(0);
});

test("covers what moves money and leaves other tools alone", () => {
  const own = tool(() => "1", { name: "own", description: "d", schema: z.object({ text: z.number() }) });
  const tools = [...refundTools({ vaultKey: "", mode: "simulate" }), own];
  const interruptOn = interruptOnWrites(tools, () => true);
  expect(Object.keys(interruptOn)).toEqual(["create_refund"]);
  expectTypeOf(interruptOn).toExtend<Record<string, InterruptOnConfig>>();
});
