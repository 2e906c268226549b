import type { GrowthPlan } from "./measure/growth.ts";
import type { SpeedPlan } from "./measure/speed.ts";

/** What is measured for how long, by the size of the run. */
export interface Plan {
  /** One core for what is measured, another for the load. */
  readonly pinned: SpeedPlan;
  /** Anywhere on the machine; null: not in this run. */
  readonly free: SpeedPlan | null;
  readonly growth: (GrowthPlan & SpeedPlan) | null;
  /** Whether a proxy on Postgres is measured beside the one on SQLite. */
  readonly postgres: boolean;
  readonly starts: { readonly rounds: number };
  readonly tools: { readonly calls: number; readonly rounds: number };
}

const ALL_CONNECTIONS = [1, 16, 32, 64, 128, 256];
/** A loaded and a crowded proxy: what changes are judged by. */
const SOME_CONNECTIONS = [32, 128];

const RAMP_MS = 200;

function speedPlan(
  connections: readonly number[],
  { rounds, roundMs, warmMs }: { readonly rounds: number; readonly roundMs: number; readonly warmMs: number },
): SpeedPlan {
  return { connections, rounds, rampMs: RAMP_MS, round: { ms: roundMs }, warm: { ms: warmMs } };
}

export const PLANS = {
  /** Under two minutes: enough to see a change of a fifth. */
  quick: {
    pinned: speedPlan(SOME_CONNECTIONS, { rounds: 5, roundMs: 500, warmMs: 2000 }),
    free: null,
    growth: null,
    postgres: false,
    starts: { rounds: 3 },
    tools: { calls: 1000, rounds: 5 },
  },
  /** Under fifteen minutes. */
  normal: {
    pinned: speedPlan(ALL_CONNECTIONS, { rounds: 5, roundMs: 1000, warmMs: 6000 }),
    free: speedPlan(SOME_CONNECTIONS, { rounds: 5, roundMs: 1000, warmMs: 6000 }),
    growth: {
      rows: 1_000_000,
      keys: 10_000,
      ...speedPlan([32], { rounds: 5, roundMs: 1000, warmMs: 3000 }),
    },
    postgres: true,
    starts: { rounds: 5 },
    tools: { calls: 2000, rounds: 7 },
  },
  /** Hours: for figures that are published, and for what only many rows show. */
  long: {
    pinned: speedPlan(ALL_CONNECTIONS, { rounds: 9, roundMs: 3000, warmMs: 12_000 }),
    free: speedPlan(SOME_CONNECTIONS, { rounds: 9, roundMs: 3000, warmMs: 12_000 }),
    growth: {
      rows: 10_000_000,
      keys: 100_000,
      ...speedPlan([32], { rounds: 9, roundMs: 3000, warmMs: 6000 }),
    },
    postgres: true,
    starts: { rounds: 9 },
    tools: { calls: 5000, rounds: 9 },
  },
} as const satisfies Record<string, Plan>;

export const SECTIONS = ["speed", "start", "growth", "tools"] as const;
export type Section = (typeof SECTIONS)[number];
