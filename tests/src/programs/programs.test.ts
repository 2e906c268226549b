import { afterAll, describe, expect, test } from "vitest";
import { COMMON, Coverage } from "./coverage.ts";
import { explore } from "./explore.ts";
import { generateProgram } from "./generate.ts";
import { runProgram } from "./run-program.ts";
import type { Call } from "./steps.ts";

/**
 * Random Stripe programs against the real proxy: what moved or can still move through what agents asked for stays
 * within every cap and window after each step, by Stripe's own books; and what is posted is what moved, once all is
 * settled. 2,000 steps here; `pnpm nightly` plays 100,000.
 */
describe("random Stripe programs", () => {
  const LENGTH = 100;
  const coverage = new Coverage();
  let played = 0;
  const rounds = Array.from({ length: 5 }, (_, round) =>
    Array.from({ length: 4 }, (_, n) => round * 4 + n + 1),
  );

  test.each(rounds)(
    "seeds %i, %i, %i, %i",
    async (...seeds) => {
      played += seeds.length;
      for (const report of await Promise.all(seeds.map((seed) => explore(seed, LENGTH))))
        coverage.add(report);
    },
    300_000,
  );

  // A brake that refuses everything keeps every cap.
  afterAll(() => {
    // A run of a few chosen seeds says nothing about the others.
    if (played < rounds.flat().length) return;
    expect(coverage.executed).toBeGreaterThan(0.4);
    expect(coverage.missing(COMMON)).toEqual([]);
  });
});

test("the same seed is the same program", () => {
  expect(generateProgram(7, 40)).toEqual(generateProgram(7, 40));
  expect(generateProgram(7, 40)).not.toEqual(generateProgram(8, 40));
});

// The canary: if this passed, the checks would see nothing.
test("a charge that was executed and answered as declined is found", async () => {
  const call: Call = { do: "charge", amount: 1000, currency: "usd", declined: false, capture: true };
  const { violation } = await runProgram([
    { step: "call", asked: { key: 0, call, header: "own", weather: "lying" } },
  ]);
  expect(violation).toMatchObject({ kind: "posted_too_little" });
});
