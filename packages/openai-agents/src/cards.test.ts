import { createScript, type ScriptedTurn, startWorkbench, type Workbench } from "@keybrake/contract";
import { cardFor, createRun } from "@keybrake/core";
import { Agent, Runner, RunState, RunToolCallOutputItem } from "@openai/agents-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedModel } from "../test/driver.ts";
import { billingTools, type OpenAiToolOptions } from "./index.ts";

let world: Workbench;
beforeAll(async () => {
  world = await startWorkbench();
});
afterAll(() => world[Symbol.asyncDispose]());

const runner = new Runner({ tracingDisabled: true });
const ASKING = { daily_usd_cap: 5000, approval: { above_usd: 50 } };
const ACT = {
  ...{ customer_id: "cus_demo_alice", amount_cents: 6000, currency: null },
  ...{ description: null, billing_period: "2026-06", reference: null },
};
const charge = (input: object = {}) => ({ tool: "create_charge", input: { ...ACT, ...input } });
const outputs = (result: { newItems: object[] }) =>
  result.newItems.flatMap((item) => (item instanceof RunToolCallOutputItem ? [item.output] : []));

/** The SDK asks before a tool runs: about the calls that the proxy has a card for by then. */
async function desk() {
  const options = await world.options(ASKING);
  const run = createRun();
  const agentThatAsks = (
    requireApproval: NonNullable<OpenAiToolOptions["requireApproval"]>,
    turns: ScriptedTurn[],
  ) => {
    const tools = billingTools({ ...options, run, requireApproval });
    return new Agent({ name: "billing", tools, model: new ScriptedModel(createScript(turns)) });
  };
  const agent = (...turns: ScriptedTurn[]) =>
    agentThatAsks((input, tool) => cardFor(run, tool, input) !== null, turns);
  const allowed = async () => (await options.rows()).filter(({ decision }) => decision === "allowed");
  return { options, run, agent, agentThatAsks, allowed, approvals: world.stack.admin.approvals };
}

/** Goes on as another process would, with a yes to all that waits. */
async function approveAll(agent: Agent, text: string) {
  const state = await RunState.fromString(agent, text);
  for (const item of state.getInterruptions()) state.approve(item);
  return runner.run(agent, state);
}

test("the second try of what the proxy has asked about is an interruption; a yes to it alone does nothing", async () => {
  const { options, run, agent, allowed, approvals } = await desk();
  const asked = await runner.run(agent([charge()], [charge()]), "Charge June.");
  expect(asked.interruptions).toHaveLength(1);
  const card = cardFor(run, "create_charge", ACT);
  expect(card).toMatchObject({ tool: "create_charge", input: ACT });
  const text = asked.state.toString();
  expect(text).not.toContain(options.vaultKey);
  const early = await approveAll(agent("I wait."), text);
  expect(outputs(early).at(-1)).toMatchObject({ code: "approval_required", approval: { id: card?.id } });
  expect(await allowed()).toEqual([]);
  await approvals.approve(card?.id ?? "", { by: "anna" });
  const done = await approveAll(agent("Charged."), text);
  expect(outputs(done).at(-1)).toMatchObject({ ok: true, replayed: false });
  expect(await allowed()).toMatchObject([{ amount_minor: 6000, state: "posted" }]);
  expect(cardFor(run, "create_charge", ACT)).toBeNull();
});

/** A night's worth with KEYBRAKE_FORGED_TRIES. */
const TRIES = Number(process.env.KEYBRAKE_FORGED_TRIES ?? 12);

test(`of ${TRIES} changed states of runs none executes anything`, {
  timeout: 30_000 + TRIES * 1000,
}, async () => {
  const before = (await world.stack.control.summary()).charges.created;
  for (let tries = 0; tries < TRIES; tries += 6) {
    const { run, agent, agentThatAsks, allowed, approvals } = await desk();
    await runner.run(agent([charge()], "I wait."), "Charge June.");
    const id = cardFor(run, "create_charge", ACT)?.id ?? "";
    await approvals.approve(id);
    // Of a state with an answer in it the SDK itself refuses a changed call.
    const asked = await runner.run(
      agentThatAsks(() => true, [[charge()]]),
      "Charge June.",
    );
    const text = asked.state.toString();
    const changes: readonly [string, string][] = [
      ["6000", "6001"],
      ["6000", "450000"],
      ["cus_demo_alice", "cus_demo_bob"],
      ["2026-06", "2026-07"],
      ['\\"reference\\":null', `\\"reference\\":\\"${id}\\"`],
      ["create_charge", "create_payment_intent"],
    ];
    for (const [from, to] of changes) {
      const changed = text.replaceAll(from, to);
      expect(changed).not.toBe(text);
      const result = await approveAll(agent("Refused."), changed);
      expect(outputs(result).at(-1)).toMatchObject({ ok: false, code: "approval_required" });
    }
    expect(await allowed()).toEqual([]);
  }
  expect((await world.stack.control.summary()).charges.created).toBe(before);
});
