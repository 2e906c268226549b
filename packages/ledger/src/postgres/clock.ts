import type { Changes } from "../store.ts";
import type { Stop } from "../types.ts";
import { type Statement, statement, toJson } from "./connect.ts";

/** Ledger time and the last numbers that were given: the row that every transaction locks first. */
export interface LedgerClock {
  readonly latestAt: number;
  readonly lagMaxMs: number;
  readonly lastCall: number;
  readonly lastKey: number;
  readonly lastBudget: number;
  /** The stops that stand, as JSON; null for none. */
  readonly stops: string | null;
}

/** One transaction at a time, over all replicas. A commit that a server would acknowledge before it is on disk is not. */
export const LOCK = statement(
  `SELECT latest_at AS "latestAt", lag_max_ms AS "lagMaxMs", last_call AS "lastCall", last_key AS "lastKey",
     last_budget AS "lastBudget", stops, CASE WHEN current_setting('synchronous_commit') = 'off'
       THEN set_config('synchronous_commit', 'on', true) END FROM ledger_clock FOR UPDATE`,
);

/** As the row has them; `readStops` reads them back. */
export function storedStops(stops: readonly Stop[]): string | null {
  return stops.length === 0 ? null : toJson(stops);
}

export function readStops(stored: string | null): readonly Stop[] {
  return stored === null ? [] : JSON.parse(stored);
}

const TICK = `UPDATE ledger_clock SET latest_at = $1::bigint, lag_max_ms = $2::bigint, last_call = $3::bigint,
  last_key = $4::bigint, last_budget = $5::bigint`;

export function tick({ latestAt, lagMaxMs, lastCall, lastKey, lastBudget }: LedgerClock): Statement {
  return { sql: TICK, values: [latestAt, lagMaxMs, lastCall, lastKey, lastBudget] };
}

const NOTE_TIME = "UPDATE ledger_clock SET latest_at = greatest(latest_at, $1::bigint)";

export function noteTime(at: number): Statement {
  return { sql: NOTE_TIME, values: [at] };
}

/** What the clock says once the changes are made. */
export function advance(clock: LedgerClock, changes: Changes): LedgerClock {
  if (changes.clock === null) return clock;
  return {
    latestAt: changes.clock.at,
    lagMaxMs: Math.max(clock.lagMaxMs, changes.clock.lagMs),
    lastCall: Math.max(clock.lastCall, ...changes.newCalls.map(({ sequence }) => sequence)),
    lastKey: Math.max(clock.lastKey, ...changes.newKeys.map(({ sequence }) => sequence)),
    lastBudget: Math.max(clock.lastBudget, ...changes.newBudgets.map(({ id }) => id)),
    stops: changes.stops === null ? clock.stops : storedStops(changes.stops),
  };
}
