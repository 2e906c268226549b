import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Plan, Section } from "./plans.ts";
import { barsOf, chartSvg } from "./report/chart.ts";
import { errorsOf } from "./report/figures.ts";
import { withFigures } from "./report/publish.ts";
import type { Report } from "./report/report.ts";
import { reportText } from "./report/tables.ts";
import { runBenchmark } from "./run-benchmark.ts";
import { OWN_CHECKOUT } from "./targets/keybrake.ts";
import { findNginx } from "./targets/passthroughs.ts";
import { NO_PEERS } from "./targets/peers.ts";

/** The harness and not the speed: every figure is there, and none is held against a bound. */

const SHORT = { connections: [2], rounds: 2, rampMs: 20, round: { requests: 20 }, warm: { requests: 5 } };
/** A dozen processes are started one after the other, on a machine that runs other tests. */
const TIMEOUT_MS = 120_000;
const TINY: Plan = {
  pinned: SHORT,
  free: null,
  growth: { ...SHORT, rounds: 1, rows: 40, keys: 3 },
  postgres: true,
  starts: { rounds: 1 },
  tools: { calls: 10, rounds: 1 },
};

const KINDS = ["write", "read", "replay", "refusal"];

async function runTiny(sections: readonly Section[], against: string | null = null): Promise<Report> {
  const report = await runBenchmark({ plan: TINY, sections, against, peers: NO_PEERS, say: () => {} });
  // As a reader of the JSON gets it.
  return JSON.parse(JSON.stringify(report));
}

test("speed: every target answers as it should, beside another checkout, and all figures are there", {
  timeout: TIMEOUT_MS,
}, async () => {
  const report = await runTiny(["speed"], OWN_CHECKOUT);
  expect(errorsOf(report.speed)).toEqual([]);
  const checkouts = KINDS.flatMap((kind) => [`keybrake ${kind}`, `against ${kind}`]);
  const others = [
    "direct",
    ...(findNginx() === null ? [] : ["nginx"]),
    "bare",
    "postgres write",
    "postgres read",
  ];
  expect(report.speed.map(({ lane }) => lane).toSorted()).toEqual([...others, ...checkouts].toSorted());
  for (const { lane, rounds } of report.speed) {
    expect(rounds, lane).toHaveLength(SHORT.rounds);
    for (const round of rounds) {
      expect(round.requestsPerSecond, lane).toBeGreaterThan(0);
      expect(round.p50Ms, lane).toBeGreaterThan(0);
      expect(round.p99Ms, lane).toBeGreaterThanOrEqual(round.p50Ms);
      expect(round.p999Ms, lane).toBeGreaterThanOrEqual(round.p99Ms);
    }
  }

  const text = reportText(report);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(text).toMatch(/^bare +\d+ +1\.00 +1\.00–1\.00 /m);
  expect(text).toMatch(/^write +(pinned|free) +2 +\d+\.\d\d /m);

  const bars = barsOf(report);
  expect(bars.map(({ name }) => name)).toEqual(KINDS);
  expect(chartSvg(bars)).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  expect(chartSvg(bars)).not.toMatch(/NaN|undefined/);

  const page = readFileSync(fileURLToPath(new URL("../../../docs/performance.md", import.meta.url)), "utf8");
  const filled = withFigures(page, report);
  expect(filled).toContain(text);
  expect(withFigures(filled, report)).toBe(filled);
});

test("growth: a filled store, many keys and a shared budget beside an empty one", {
  timeout: TIMEOUT_MS,
}, async () => {
  const report = await runTiny(["growth", "start"]);
  const { series = [], starts = [] } = report.growth ?? {};
  expect(errorsOf(series)).toEqual([]);
  expect(series.map(({ target }) => target)).toEqual([
    ...["empty", "40 rows", "3 keys", "one hot budget"],
    ...["empty", "40 rows", "3 keys", "one hot budget"],
  ]);
  expect([...report.starts, ...starts].map(({ name }) => name)).toEqual(["bare", "keybrake", "40 rows"]);
  for (const { startMs } of [...report.starts, ...starts]) expect(startMs.median).toBeGreaterThan(0);
  expect(reportText(report)).toMatch(/^empty, write +\d+ +1\.00 /m);
});
