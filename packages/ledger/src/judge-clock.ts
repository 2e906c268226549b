import { LedgerError } from "./errors.ts";
import { CLOCK_AHEAD_MAX_MS, CLOCK_BEHIND_MAX_MS } from "./limits.ts";

/** The machine's clock when a store is opened. */
export interface MachineClock {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** True when a person has said that it is right, however far it is from the last entry of the books. */
  readonly isRight: boolean;
}

/**
 * Whether the clock fits the latest time that the books have seen (0: none). Ledger time never runs backwards, so one
 * start with a clock far ahead would keep every window full, and every rate used up, until that time has come; and
 * it would have emptied them before. Pure.
 */
export function judgeClock(latestAt: number, now: number): "fits" | "behind" | "ahead" {
  if (latestAt === 0) return "fits";
  if (latestAt - now > CLOCK_BEHIND_MAX_MS) return "behind";
  return now - latestAt > CLOCK_AHEAD_MAX_MS ? "ahead" : "fits";
}

const ACCEPT = "start once with --accept-clock (acceptClock: true)";

/** `clock_behind` or `clock_ahead`, with what to do. */
export function clockError(verdict: "behind" | "ahead", latestAt: number, now: number): LedgerError {
  const told = `The machine's clock says ${instant(now)}, and the last entry of the books is of ${instant(latestAt)}.`;
  const next =
    verdict === "behind"
      ? `Correct the clock. If it is right, an earlier start had one that was ahead: ${ACCEPT}, and what was written ahead of it counts as written now.`
      : `If the clock is right and the books were not used in between, ${ACCEPT}: windows shorter than that are empty then. If it is not, correct it first.`;
  return new LedgerError(`clock_${verdict}`, `${told} ${next}`);
}

function instant(time: number): string {
  return new Date(time).toISOString();
}
