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
  /**
   * Equal for calls of two vault keys that one Idempotency-Key may be sent with: `terms` where a payer and a reference
   * name the act, so that June is billed once whoever bills it in whatever words; else every word, so that nobody gets
   * what was made for another.
   */
  readonly shared: string;
  /** The same act as other operations would say it; empty when none does. */
  readonly spellings: readonly Spelling[];
  /**
   * Whether an equal call is another act as soon as the answer to this one has reached somebody: so it is where nothing
   * says whom the act is for, where nothing is lost by a second one, and where the vendor's object itself knows that it
   * is done. Any other is the same one for the policy's window.
   */
  readonly endsWithDelivery: boolean;
}

/** An act as another operation says it. */
export interface Spelling {
  readonly operation: string;
  /** `Act.identity` of the call that says it so. */
  readonly identity: string;
}

export interface ActContext {
  /** Tells apart what the caller wants to be two acts. */
  readonly agentAct: string | null;
  /** Parameters that the policy adds to the identity, as the vendor's clients write them. */
  readonly includes: readonly string[];
}
