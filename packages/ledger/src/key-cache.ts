import { assertBooks, LedgerError } from "./errors.ts";
import { VAULT_KEYS_CACHED_MAX } from "./limits.ts";
import type { KeyStanding, Store } from "./store.ts";
import type { NewVaultKey, Stop, VaultKey } from "./types.ts";

/** Turns what is known of keys at this moment into whole keys. */
export interface KeyCache<P> {
  complete(standings: readonly KeyStanding[]): Promise<VaultKey<P>[]>;
}

type FixedKey<P> = Omit<
  VaultKey<P>,
  "calls" | "revokedAt" | "pausedAbove" | "pausedAt" | "hash" | "secretEndsAt" | "stops"
>;

const NONE: readonly Stop[] = [];

/**
 * Keeps what never changes of keys, with their policy parsed: it is read and parsed once, not with every
 * call. What can change comes in with each `KeyStanding` and is never kept.
 */
export function createKeyCache<P>(
  store: Pick<Store, "readKeys">,
  parsePolicy: (stored: unknown) => P,
): KeyCache<P> {
  const fixed = new Map<string, FixedKey<P>>();

  function parse(key: NewVaultKey): FixedKey<P> {
    try {
      return { ...key, policy: parsePolicy(key.policy) };
    } catch (cause) {
      throw new LedgerError("store_corrupt", `The policy of vault key ${key.id} cannot be read.`, { cause });
    }
  }

  async function load(ids: readonly string[]): Promise<void> {
    for (const key of await store.readKeys(ids)) {
      const oldest = fixed.keys().next();
      if (fixed.size >= VAULT_KEYS_CACHED_MAX && !oldest.done) fixed.delete(oldest.value);
      fixed.set(key.id, parse(key));
    }
  }

  return {
    complete: async (standings) => {
      const missing = standings.filter(({ id }) => !fixed.has(id)).map(({ id }) => id);
      if (missing.length > 0) await load(missing);
      return standings.map(({ id, hash, revokedAt, pausedAt, pausedAbove, calls, stops = NONE }) => {
        const key = fixed.get(id);
        assertBooks(key !== undefined, `vault key ${id} is missing`);
        return { ...key, hash, secretEndsAt: null, revokedAt, pausedAt, pausedAbove, stops, calls };
      });
    },
  };
}
