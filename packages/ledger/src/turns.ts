/**
 * Turns at things that several processes on the same books want to work on, one at a time. One process asks for one
 * turn at a thing at a time: its own callers it keeps apart itself.
 */
export interface Turns {
  /**
   * Takes the turn at what has this name, if no other process has it; false when one has. A turn ends when it is given
   * back, with its process, or when it was never given back after some minutes. `taker` names this one turn. Rejects
   * with `store_unavailable`.
   */
  take(name: string, taker: string): Promise<boolean>;
  /** Gives back what is still the taker's. Rejects with `store_unavailable`: then it ends by itself. */
  give(names: readonly string[], taker: string): Promise<void>;
}
