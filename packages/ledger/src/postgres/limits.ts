import { LedgerError } from "../errors.ts";

/**
 * How long an owner lives without a sign of life, by the server's clock; what it held is `unknown` then. Longer than
 * a pause of garbage collection or of a machine that is moved, shorter than anybody waits for an answer.
 */
export const LEASE_MS = 30_000;

/** How often a lease is renewed and others' are looked at: two renewals may fail before the lease ends. */
export const UPKEEP_MS = LEASE_MS / 3;

/** How long one transaction is tried, with all its repetitions, before it is refused: callers wait for it. */
export const PATIENCE_MS = 4_000;

/** How long a query is asked again whose connection was lost: a server that was restarted is back within it. */
export const READ_PATIENCE_MS = 1_500;

/** How long to wait before a transaction is tried again, so that a server that restarts is not stormed. */
export const RETRY_AFTER_MS = 100;

/**
 * How long the server keeps a transaction whose replica has fallen silent between its two round trips, and how long
 * others wait for it: they come after.
 */
export const SILENCE_MS = 2_000;
export const LOCK_WAIT_MS = 3_000;

/** How long one round trip may take before its connection counts as lost: a network may swallow packets silently. */
export const ROUND_TRIP_MS = 10_000;

/** How long to wait for a connection. */
export const CONNECT_MS = 3_000;

/** How long a turn lasts that was never given back: longer than any call, with its look-ups, takes. */
export const TURN_MS = 300_000;

/** Connections for what is no transaction of the books. Beside them a replica has one for its transactions and one to listen with. */
export const READERS = 4;

/** Days that have their partition of `calls` before they begin: for as long, a reader may be in the way of making it. */
export const PARTITION_DAYS_AHEAD = 2;

/** How often a day is tried to be put in the place of its whole one, while readers of the audit are in the way. */
export const PRUNE_TRIES = 20;

/**
 * How far back rows are looked for at first, so that a transaction opens the partitions of few days only. What is
 * older is found by a second round trip.
 */
export const RECENT_MS = 2 * 24 * 60 * 60 * 1000;

/** How long a recovered owner's row is kept: for longer than it may want to find out what became of a commit. */
export const OWNER_KEPT_DAYS = 7;

/** A call with a body of the longest kind that is kept, and its answer, in bytes. */
export const PROBE_BYTES = 64 * 1024;

if (UPKEEP_MS * 2 >= LEASE_MS || LOCK_WAIT_MS <= SILENCE_MS || PATIENCE_MS <= LOCK_WAIT_MS) {
  throw new LedgerError("assertion_failed", "The Postgres store's times contradict one another.");
}
