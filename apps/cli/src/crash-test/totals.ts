import type { Comparison } from "./play.ts";

/** What both sides did in all. */
export interface CrashTotals {
  readonly as_it_should: number;
  readonly caps_passed: number;
  /** US dollars that moved and should not have. */
  readonly usd_too_much: number;
}

export function totalsOf(comparisons: readonly Comparison[], side: "plain" | "keybrake"): CrashTotals {
  const damages = comparisons.map((each) => each[side]);
  const tooMuch = comparisons.reduce(
    (sum, each) => sum + Math.max(0, each[side].movedMicros - each.disaster.should.usd * 1_000_000),
    0,
  );
  return {
    as_it_should: damages.filter(({ asItShould }) => asItShould).length,
    caps_passed: damages.filter(({ capPassed }) => capPassed).length,
    usd_too_much: tooMuch / 1_000_000,
  };
}
