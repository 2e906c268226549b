import { expect, test } from "vitest";
import { LIMITS } from "../limits.ts";
import { createRunTable } from "./runs.ts";

function bench() {
  const time = { now: 1_000_000 };
  return { time, runs: createRunTable(() => time.now) };
}

test("one key and one name are one run, as long as it is used", () => {
  const { time, runs } = bench();
  const run = runs.find("key_a", "june");
  expect(runs.find("key_a", "june")).toBe(run);
  expect(runs.find("key_b", "june")).not.toBe(run);
  expect(runs.find("key_a", "july")).not.toBe(run);
  time.now += LIMITS.mcpSessionIdleMs - 1;
  runs.keep("key_a", run);
  time.now += LIMITS.mcpSessionIdleMs - 1;
  expect(runs.find("key_a", "june")).toBe(run);
  time.now += LIMITS.mcpSessionIdleMs;
  expect(runs.find("key_a", "june")).not.toBe(run);
});

test("a key that names many runs pushes out its own, the least recently used first", () => {
  const { runs } = bench();
  const other = runs.find("key_b", "theirs");
  const used = runs.find("key_a", "used");
  const unused = runs.find("key_a", "unused");
  for (let index = 0; index < LIMITS.mcpSessionsPerKey - 1; index++) {
    runs.find("key_a", `run ${index}`);
    runs.keep("key_a", used);
  }
  expect(runs.find("key_a", "used")).toBe(used);
  expect(runs.find("key_b", "theirs")).toBe(other);
  expect(runs.find("key_a", "unused")).not.toBe(unused);
});

test("there is a bound for all keys, and a session's run comes back when it is used", () => {
  const { runs } = bench();
  const first = runs.find("key_first", "run");
  for (let index = 0; index < LIMITS.mcpSessions; index++) runs.find(`key_${index}`, "run");
  runs.keep("key_first", first);
  expect(runs.find("key_first", "run")).toBe(first);
  expect(runs.find("key_first", "x".repeat(200)).runId).toHaveLength(200);
  expect(() => runs.find("key_first", " ")).toThrow(/runId/);
});
