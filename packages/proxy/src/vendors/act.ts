/**
 * What a write asks for, as hex digests, each of at least as much as the one before. Two calls that differ in one
 * differ in all that come after it.
 */
export interface Act {
  /** Equal for calls that are one act, however they are worded. */
  readonly identity: string;
  /** Equal for calls that one Idempotency-Key of the caller's may be sent with: another wording may. */
  readonly terms: string;
  /** Equal for calls that say the same. */
  readonly wording: string;
}

export interface ActContext {
  /** Tells apart what the caller wants to be two acts. */
  readonly agentAct: string | null;
  /** Parameters that the policy adds to the identity, as the vendor's clients write them. */
  readonly includes: readonly string[];
}
