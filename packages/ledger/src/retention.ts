import { PRUNE_ROWS_MAX } from "./limits.ts";
import { pendingIn } from "./stored-call.ts";

/*
 * What is removed when it is old, and what never is, in SQL that every store speaks.
 *
 * What moved money or may have, and whoever's act would otherwise be carried out again, stays for good: caps of a
 * lifetime, totals of objects and `verify` are sums over those rows. What stays loses its answer, which is most of its
 * size; a repeat of it is refused then (`outcome_unresolved`, `possible_repeat`) and never carried out.
 */

/** Neither its row nor its answer is touched. */
export const IS_PENDING = pendingIn("calls");

/** A row that is an entry of the books; `hasClaim` says whether its claim could be asked for. */
export const isEntry = (hasClaim: string): string =>
  `(${IS_PENDING} OR (calls.state = 'posted' AND calls.usd_micros > 0) OR ${hasClaim})`;

/**
 * What people were asked, and is of no use to any call since the moment that `before` stands for: an approval that nobody
 * used and a denial end by their own time, never by this one.
 */
export const oldApprovals = (before: string): string =>
  `SELECT sequence FROM approvals WHERE ends_at < ${before} ORDER BY ends_at LIMIT ${PRUNE_ROWS_MAX}`;

/** What is asked of a store: to remove what was booked so long before `now`. */
export interface PruneRequest {
  /** By the machine's clock. Ledger time counts when it is earlier: a clock that is ahead removes nothing early. */
  readonly now: number;
  /** At least `KEEP_MIN_MS`. */
  readonly keepMs: number;
}

export interface Pruned {
  /** Rows of calls, and what people were asked, that are gone. */
  readonly removed: number;
  /** Whether there is more to do: each step is small, so that calls wait for none. */
  readonly isMore: boolean;
}
