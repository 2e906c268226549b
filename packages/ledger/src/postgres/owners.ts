import type { Owner } from "../plan-recovery.ts";
import type { Statement } from "./connect.ts";
import { OWNER_KEPT_DAYS } from "./limits.ts";

/** A time of the server's in milliseconds since the Unix epoch. */
const milliseconds = (time: string): string => `floor(extract(epoch FROM ${time}) * 1000)::bigint`;

export interface DeadOwner extends Owner {
  readonly now: number;
}

/** Owners whose lease has ended, and whose held rows have not become unknown for it yet. */
export const DEAD_OWNERS: Statement = {
  sql: `SELECT id, ${milliseconds("lease_ends_at")} AS "leaseEndsAt", ${milliseconds("clock_timestamp()")} AS now
    FROM owners WHERE NOT recovered AND lease_ends_at <= clock_timestamp()`,
  values: [],
};

export const SERVER_TIME: Statement = {
  sql: `SELECT ${milliseconds("clock_timestamp()")} AS now`,
  values: [],
};

/** Nobody asks any more what became of their last commit. */
export const FORGET_OWNERS: Statement = {
  sql: `DELETE FROM owners WHERE recovered AND lease_ends_at < clock_timestamp() - interval '${OWNER_KEPT_DAYS} days'`,
  values: [],
};

/** An owner that goes in order leaves nothing in flight. */
export function disownAll(owner: string): Statement {
  return {
    sql: "UPDATE calls SET state = 'unknown', owner = NULL WHERE state = 'held' AND owner = $1::text",
    values: [owner],
  };
}
