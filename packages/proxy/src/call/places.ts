import { LIMITS } from "../limits.ts";

/**
 * The places of calls in flight: so many for all, and so many for each vault key, from its headers to its answer.
 * A request takes none before its key is known, and none while its refusal is written down.
 */
export interface Places {
  readonly full: () => boolean;
  /** Takes one, to be given back with `release`; false when there is none left for this key. */
  take(vaultKeyId: string): boolean;
  release(vaultKeyId: string): void;
}

export function createPlaces(): Places {
  const taken = new Map<string, number>();
  let total = 0;
  const full = () => total >= LIMITS.callsInFlight;
  return {
    full,
    take(vaultKeyId) {
      const count = taken.get(vaultKeyId) ?? 0;
      if (full() || count >= LIMITS.callsInFlightPerKey) return false;
      taken.set(vaultKeyId, count + 1);
      total += 1;
      return true;
    },
    release(vaultKeyId) {
      const count = taken.get(vaultKeyId) ?? 0;
      // Removed at zero: keys come and go.
      if (count > 1) taken.set(vaultKeyId, count - 1);
      else taken.delete(vaultKeyId);
      total -= 1;
    },
  };
}
