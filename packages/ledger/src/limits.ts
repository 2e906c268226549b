import { BUDGET_WINDOW_MS } from "./types.ts";

/** The window of `ratePerMinute`. */
export const RATE_WINDOW_MS = 60_000;

/** Most rows that one page may hold: what a page costs stays in the low milliseconds. */
export const PAGE_LIMIT_MAX = 1000;

/**
 * Most operations that share one transaction. One turn of the event loop seldom gathers more; the bound
 * keeps a single commit, which blocks the thread, in the low tens of milliseconds.
 */
export const BATCH_OPERATIONS_MAX = 512;

/**
 * The first posting time that is still inside a budget's window at `now`, exclusive: money posted at `t`
 * counts up to, and not at, `t` + 24 h.
 */
export function windowCutoff(now: number): number {
  return now - BUDGET_WINDOW_MS;
}
