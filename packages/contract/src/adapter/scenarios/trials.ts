import { createRun } from "@keybrake/core";
import { expect } from "vitest";
import type { Scenario } from "../scenario.ts";
import type { World } from "../world.ts";
import { ALICE, charge, chargeIdIn, expectDone, expectStop, JUNE, lookUp, quote, refund } from "./phrases.ts";

/** Runs that must not be real: optimizers, evaluations, demonstrations. */

const TRIALS = 50;
const THREADS = 4;

const optimizer: Scenario = {
  id: "simulate.optimizer",
  title: "fifty trials of an optimizer, four at a time: no request at all",
  seeds: [
    quote(
      "dspy",
      "failure",
      "50 optimizer trials × 1 tool call per trial = 50 Stripe charges billed to your production account before your program is even deployed.",
    ),
    quote("dspy", "control", "Zero — optimize with mocks; vault key used only in production"),
    quote(
      "dspy",
      "faq",
      "The optimize_mode flag in the factory function is the cleanest approach — the mock returns a string matching the expected format (ch_mock_xxx) so the metric function and any dspy.Assert constraints still see a plausible value.",
    ),
    quote("dspy", "gap", "MIPRO(num_threads=N) runs N concurrent forward passes."),
    quote("dspy", "gap", "Optimizer trials always fire real tool calls regardless of cache state."),
  ],
  rawKey: "Every trial is a real pass with real tools: fifty charges before the program is deployed.",
  keybrake: '`mode: "simulate"` has the same tools and outcomes with ids `ch_mock_…`, and no network.',
  run: async (world) => {
    const key = await world.issue();
    const trial = () =>
      world.run({
        toolsets: [world.toolset("billing", key, { mode: "simulate" })],
        turns: [[charge(JUNE)], "Charged."],
      });
    const ids = new Set<string>();
    for (let done = 0; done < TRIALS; done += THREADS) {
      for (const result of await Promise.all(Array.from({ length: THREADS }, trial))) {
        expectDone(result);
        ids.add(chargeIdIn(result.toolTexts[0]));
      }
    }
    // The same act has the same id in every trial: a metric can compare them.
    expect([...ids]).toEqual([expect.stringMatching(/^ch_mock_/)]);
    expect(world.sent).toEqual([]);
    expect(await world.stripeRequests()).toBe(0);
  },
};

const evaluation: Scenario = {
  id: "simulate.evaluation",
  title: "an evaluation without any key: replays, refunds and look-ups agree with each other",
  seeds: [
    quote(
      "dspy",
      "gap",
      "If your evaluation set contains real customer IDs and you're running against a live vault key, each evaluation creates a real charge.",
    ),
    quote(
      "dspy",
      "failure",
      "The same rule applies to dspy.evaluate.Evaluate(): if your evaluation metric calls forward() against a real Stripe key and you have 100 evaluation examples, you're creating 100 Stripe charges every time you run an eval.",
    ),
  ],
  rawKey: "A hundred examples are a hundred charges, at every evaluation.",
  keybrake:
    "Simulated tools need no key and remember what the run made, so that a whole conversation can be evaluated.",
  run: async (world) => {
    const nobody = { id: "none", secret: "" };
    const options = { mode: "simulate" as const, run: createRun({ runId: "evaluation-1" }) };
    const result = await world.run({
      toolsets: [
        world.toolset("billing", nobody, options),
        world.toolset("refund", nobody, { ...options, only: ["create_refund"] }),
        world.toolset("audit", nobody, { ...options, only: ["check_existing_charge", "list_refunds"] }),
      ],
      turns: [
        [charge(JUNE)],
        [charge(JUNE)],
        [lookUp({ customer_id: ALICE, billing_period: "2026-06" })],
        (shown) => [refund(chargeIdIn(shown[0]))],
        (shown) => [{ tool: "list_refunds", input: { charge_id: chargeIdIn(shown[0]), limit: null } }],
        "June is charged and given back.",
      ],
    });
    expectDone(result);
    const [first, again, found, refunded, refunds] = result.toolTexts;
    expect(chargeIdIn(again)).toBe(chargeIdIn(first));
    expect(again).toMatch(/had already been made/);
    expect(chargeIdIn(found)).toBe(chargeIdIn(first));
    const [refundId = "none"] = /\bre_mock_\w+/.exec(refunded ?? "") ?? [];
    expect(refunds).toContain(refundId);
    expect(world.sent).toEqual([]);
  },
};

async function runWithSimulatedKey(world: World) {
  const key = await world.issue({ simulate: true, daily_usd_cap: 40 });
  const result = await world.run({
    toolsets: [world.toolset("billing", key)],
    turns: [[charge(JUNE)], [charge({ ...JUNE, billing_period: "2026-07" })], "Enough."],
  });
  return { key, result };
}

const simulatedKey: Scenario = {
  id: "simulate.key",
  title: "a simulated key at the real proxy: policy and cap as usual, Stripe is never called",
  seeds: [
    quote(
      "dspy",
      "gap",
      "The fix: always evaluate with optimize_mode=True or against a Stripe test-mode key — never against a production vault key.",
    ),
    quote("dspy", "failure", "Pattern: Optimize against mocks, deploy with live (or vault) keys."),
  ],
  rawKey: "A rehearsal with the real key is no rehearsal.",
  keybrake:
    "With a key made with `simulate: true` the program is the one that will run, and no request reaches Stripe.",
  run: async (world) => {
    const { key, result } = await runWithSimulatedKey(world);
    expectDone(result);
    expect(key.secret).toMatch(/^vk_sim_/);
    expect(result.toolTexts[0]).toMatch(/\bch_/);
    expectStop(result.toolTexts[1], /spend cap reached/i);
    expect(await world.stripeRequests()).toBe(0);
    expect(await world.rows({ vault_key_id: key.id })).toHaveLength(2);
  },
};

const demonstrations: Scenario = {
  id: "simulate.demonstrations",
  title: "what a trial leaves behind holds no key",
  seeds: [
    quote("dspy", "faq", "The vault_key you pass to BillingAgent.__init__ lives only in memory."),
    quote(
      "dspy",
      "gap",
      "If your training examples contain real customer IDs or charge amounts (not synthetic test data), those IDs are now in a plaintext JSON file committed to your repository.",
    ),
  ],
  rawKey: "Demonstrations are saved as plain text, with whatever the tools were given and returned.",
  keybrake:
    "Nothing that a tool takes, returns or prints holds a key, so that no saved run does; simulated ids name nobody's charge.",
  run: async (world) => {
    const key = await world.issue();
    const result = await world.run({
      toolsets: [world.toolset("billing", key, { mode: "simulate" })],
      turns: [[charge({ ...JUNE, customer_id: ALICE })], "Charged."],
    });
    expectDone(result);
    expect(JSON.stringify([result.toolTexts, result.history])).not.toContain(key.secret);
    expect(result.toolTexts[0]).not.toMatch(/\bch_(?!mock_)/);
  },
};

export const trials: readonly Scenario[] = [optimizer, evaluation, simulatedKey, demonstrations];
