import type { GroupCommit } from "./group-commit.ts";
import type { KeyCache } from "./key-cache.ts";
import type { Store } from "./store.ts";
import type { Subscribers } from "./subscribers.ts";
import type { Call } from "./types.ts";

export interface LedgerOptions<P> {
  /** Who forwards the calls that this ledger admits: named by their rows while they are held. */
  readonly owner: string;
  /**
   * Turns a stored policy into what keys show, with defaults for fields that did not exist when it was stored.
   * Called once per key, not per call; what it throws refuses a new key (`argument_invalid`) and makes a
   * stored one unreadable (`store_corrupt`).
   */
  readonly parsePolicy: (stored: unknown) => P;
  /** When a batch runs after its first operation; once per turn of the event loop unless told. */
  readonly schedule?: ((callback: () => void) => void) | undefined;
}

/** What the ledger's methods share. */
export interface Parts<P> {
  readonly store: Store;
  readonly options: LedgerOptions<P>;
  readonly writer: GroupCommit;
  readonly keys: KeyCache<P>;
  readonly subscribers: Subscribers<Call>;
  /** Runs a query, with the errors of the interface. */
  readonly read: <T>(query: () => Promise<T>) => Promise<T>;
}
