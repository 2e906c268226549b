import type { Statement } from "./connect.ts";
import { PARTITION_DAYS_AHEAD } from "./limits.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;

/** The first day's number since the epoch, and as many after it as are made ahead. Pure. */
export function daysAhead(now: number): number[] {
  const today = Math.floor(now / DAY_MS);
  return Array.from({ length: PARTITION_DAYS_AHEAD + 1 }, (_, index) => today + index);
}

/** `calls_20270115`: the partition of a day. */
export function partitionOf(day: number): string {
  return `calls_${new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

/**
 * Makes the partition of a day, unless it is there, or rows of that day are in `calls_other` already: those stay where
 * they are, and so do the rest of that day. Under the ledger's lock, so two replicas do not both make it.
 */
export function partitionStatement(day: number): Statement {
  const [name, from, to] = [partitionOf(day), day * DAY_MS, (day + 1) * DAY_MS];
  const sql = `DO $$ BEGIN
    IF to_regclass('${name}') IS NULL
      AND NOT EXISTS (SELECT 1 FROM calls_other WHERE booked_at >= ${from} AND booked_at < ${to})
    THEN EXECUTE 'CREATE TABLE ${name} PARTITION OF calls FOR VALUES FROM (${from}) TO (${to})'; END IF; END $$`;
  return { sql, values: [] };
}
