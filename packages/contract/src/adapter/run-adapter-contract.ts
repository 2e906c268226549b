import { afterAll, describe, expect, test } from "vitest";
import { startStack } from "../stack/stack.ts";
import { findLeaks } from "./leaks.ts";
import { type ScenarioResult, writeReport } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import type { AdapterUnderTest, SkippedScenario } from "./types.ts";
import { createWorld } from "./world.ts";

/** Plays one scenario on a stack of its own, then searches all that is left behind for keys. Throws when it fails. */
export async function playScenario(scenario: Scenario, adapter: AdapterUnderTest): Promise<void> {
  await using stack = await startStack();
  const world = createWorld(stack, adapter);
  await scenario.run(world);
  expect(await findLeaks(world)).toEqual([]);
}

/** The reason for each skipped scenario. Throws for an unknown scenario, a second skip and an empty reason. */
function reasonsOf(skip: readonly SkippedScenario[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { scenario, reason } of skip) {
    if (!SCENARIOS.some(({ id }) => id === scenario)) throw new Error(`There is no scenario '${scenario}'.`);
    if (reasons.has(scenario)) throw new Error(`The scenario '${scenario}' is skipped twice.`);
    if (reason.trim() === "") throw new Error(`The scenario '${scenario}' is skipped without a reason.`);
    reasons.set(scenario, reason);
  }
  return reasons;
}

/**
 * Registers, with vitest, one test for each scenario: the framework's own loop with a scripted model, over real
 * HTTP, against proxy, ledger and emulator. An adapter's own `contract.test.ts` only calls this. Writes what
 * became of them to `.reports/contract/<name>.json`. Throws when the skip list is wrong.
 *
 * @example
 * runAdapterContract({ name: "ai-sdk", makeAgent, skip: [{ scenario: "audit.turn", reason: "…" }] });
 */
export function runAdapterContract(adapter: AdapterUnderTest): void {
  const reasons = reasonsOf(adapter.skip ?? []);
  const results = new Map<string, ScenarioResult>();
  describe(`adapter contract: ${adapter.name}`, () => {
    for (const scenario of SCENARIOS) {
      const { id, title } = scenario;
      const reason = reasons.get(id);
      if (reason !== undefined) {
        results.set(id, { scenario: id, result: "skipped", reason });
        test(`${id}: ${title}`, ({ skip }) => skip(reason));
        continue;
      }
      test(`${id}: ${title}`, async () => {
        results.set(id, { scenario: id, result: "failed" });
        await playScenario(scenario, adapter);
        results.set(id, { scenario: id, result: "passed" });
      });
    }
    afterAll(() => {
      // A run of a few chosen tests says nothing about the others.
      if (results.size === SCENARIOS.length)
        writeReport({ adapter: adapter.name, results: [...results.values()] });
    });
  });
}
