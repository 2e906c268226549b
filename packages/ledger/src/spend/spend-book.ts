/** What calls are added up by. */
export type SpendGrouping = "key" | "role" | "agent" | "run";

/** A span of whole bins, in milliseconds since the Unix epoch, and what to add up by. */
export interface SpendQuery {
  readonly by: SpendGrouping;
  /** Inclusive, at the beginning of a bin. */
  readonly from: number;
  /** Exclusive, at the end of one. */
  readonly to: number;
  readonly bin: SpendBin;
  /** How many groups are told apart: those that moved most; then held, then refused. The others come together. */
  readonly groupsMax: number;
}

export type SpendBin = "hour" | "day";

/** What calls came to, by when they came; those of keys that only simulate are left out. */
export interface SpendSums {
  /** Posted: millionths of a US dollar. */
  readonly movedMicros: number;
  /** Reserved, and not known to have moved. */
  readonly heldMicros: number;
  /** Calls that were posted. */
  readonly posted: number;
  readonly denied: number;
  /** All of them, those that share a row too. */
  readonly calls: number;
}

/** One group in one bin; bins without a call are left out. */
export interface SpendPart extends SpendSums {
  /** When the bin begins. */
  readonly at: number;
  /** The key's id, the role, the agent or the run; empty for calls that say none; null for all others together. */
  readonly name: string | null;
  /** The key's name. */
  readonly title: string | null;
}

export interface SpendRead {
  readonly parts: readonly SpendPart[];
  /** The last call that there is, and the last that is in the sums: what is between them is not told yet. */
  readonly newest: number;
  readonly told: number;
}

/**
 * What was spent over time, added up beside the books and in no call's transaction: whoever wants to see it adds up what
 * came since (`advance`), a small step at a time. Of what is old only the days are kept, and not for ever.
 */
export interface SpendBook {
  /** One step; resolves with whether there is more. A step of nothing writes nothing. */
  advance(): Promise<boolean>;
  read(query: SpendQuery): Promise<SpendRead>;
}
