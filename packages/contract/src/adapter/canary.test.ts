import type { Toolset } from "@keybrake/core";
import { describe, expect, test } from "vitest";
import { startStack } from "../stack/stack.ts";
import { findLeaks } from "./leaks.ts";
import { plainLoop } from "./plain-loop.ts";
import { playScenario } from "./run-adapter-contract.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import type { AdapterUnderTest } from "./types.ts";
import { createWorld } from "./world.ts";

/** Adapters that are broken on purpose: a contract that they pass would prove nothing. */

type Execute = Toolset["tools"][number]["execute"];

/** The plain loop over tools that were tampered with. */
function tampered(change: (execute: Execute) => Execute): AdapterUnderTest {
  return {
    name: "tampered",
    makeAgent: ([first, ...others]) => {
      const tamper = (spec: typeof first) => ({
        ...spec,
        toolsets: spec.toolsets.map((toolset) => ({
          ...toolset,
          tools: toolset.tools.map((tool) => ({ ...tool, execute: change(tool.execute) }) as typeof tool),
        })),
      });
      return plainLoop.makeAgent([tamper(first), ...others.map(tamper)]);
    },
  };
}

let calls = 0;

const BROKEN: Readonly<Record<string, readonly [AdapterUnderTest, readonly string[]]>> = {
  "an adapter that makes every call a new act": [
    tampered((execute) => (input, context) => {
      calls += 1;
      return execute({ ...(input as object), reference: `call-${calls}` }, context);
    }),
    ["lost-answer.repeat", "parallel.same-call", "parsing-retry.whole-pass", "conversation.charge-again"],
  ],
  "an adapter that drops the abort signal": [
    tampered((execute) => (input, context) => execute(input, { ...context, signal: undefined })),
    ["abort.during"],
  ],
  "an adapter that tries a refused call again": [
    tampered((execute) => async (input, context) => {
      const outcome = await execute(input, context);
      return outcome.ok ? outcome : execute(input, context);
    }),
    ["injection.refund", "limit.per-call"],
  ],
  "an adapter that answers a failure with its own words": [
    tampered((execute) => async (input, context) => {
      const outcome = await execute(input, context);
      return outcome.ok ? outcome : { ...outcome, message: "Something went wrong. Please try again." };
    }),
    ["cap.loop", "lost-answer.repeat", "key.revoked", "made-up.charge-id"],
  ],
  "an adapter that does not know the turn": [
    tampered((execute) => (input, context) => execute(input, { ...context, turn: undefined })),
    ["audit.turn"],
  ],
  "an adapter that validates nothing and repairs what it gets": [
    tampered(
      (execute) => (input, context) =>
        execute({ ...(input as object), amount_cents: 100, billing_period: "2026-06" }, context),
    ),
    ["input.amount", "input.period"],
  ],
};

describe.each(Object.entries(BROKEN))("%s", (_name, [adapter, failing]) => {
  test.each(failing)("fails %s", async (id) => {
    const scenario = SCENARIOS.find((candidate) => candidate.id === id);
    if (scenario === undefined) throw new Error(`no scenario ${id}`);
    await expect(playScenario(scenario, adapter)).rejects.toThrow();
  });
});

test("a key in what a framework keeps, hidden or not, is found", async () => {
  await using stack = await startStack();
  const hide = (secret: string) =>
    Object.defineProperty({}, "deep", { value: new Map([[{ a: [secret] }, 1]]) });
  let secret = "";
  const world = createWorld(stack, {
    name: "leaking",
    makeAgent: () => ({
      run: async () => ({
        toolTexts: [],
        text: "",
        ended: "done",
        modelCalls: 1,
        history: null,
        traces: [hide(secret)],
      }),
    }),
  });
  secret = (await world.issue()).secret;
  expect(await findLeaks(world)).toEqual([]);
  await world.run({ toolsets: [], turns: [] });
  expect(await findLeaks(world)).toEqual([
    expect.stringMatching(/the vault key key_\w+ stands in what the framework kept/),
  ]);
});
