/* What was spent over time, in the admin API's own spelling. */

export type SpendGrouping = "key" | "role" | "agent" | "run";
export type SpendSpan = "24h" | "48h" | "7d" | "30d" | "90d";

export interface SpendTotals {
  /** Posted: millionths of a US dollar. */
  readonly moved_micros: number;
  /** Reserved, and not known to have moved. */
  readonly held_micros: number;
  /** Calls that moved something. */
  readonly posted: number;
  readonly denied: number;
  readonly calls: number;
}

/** Calls by when they came; what keys only simulate is left out. */
export interface SpendInfo {
  readonly by: SpendGrouping;
  readonly bin: "hour" | "day";
  /** When each bin begins, ISO 8601, oldest first. */
  readonly starts: readonly string[];
  /** How much of the audit log is in it, from 0 to 1: what is old is added up when somebody first asks. */
  readonly told: number;
  readonly total: SpendTotals;
  /** Who moved most first. */
  readonly groups: readonly {
    /** `none`: calls that name none; `others`: all that are not told apart, together. */
    readonly kind: "named" | "none" | "others";
    /** The key's id, the role, the agent or the run. */
    readonly name: string;
    /** The key's name, else as `name`. */
    readonly title: string;
    readonly total: SpendTotals;
    /** For each bin, like the two below. */
    readonly moved_micros: readonly number[];
    readonly held_micros: readonly number[];
    readonly denied: readonly number[];
  }[];
}
