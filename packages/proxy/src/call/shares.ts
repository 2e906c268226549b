import { LIMITS } from "../limits.ts";

const MINUTE_MS = 60_000;

/**
 * What each vault key has had, in this minute of the clock, of what others share: rows for refusals, and look-ups at
 * the vendor. In memory, so each process counts for itself, and a restart begins anew.
 */
export interface Shares {
  /** Notes a refusal, which has its row. */
  noteRefusal(vaultKeyId: string): void;
  /** Whether the key has had its refusals of this minute. */
  refusalsSpent(vaultKeyId: string): boolean;
  /** Takes one look-up; false when the key has none left in this minute. */
  takeLookUp(vaultKeyId: string): boolean;
  /** Whole seconds until the next minute begins, at least 1. */
  secondsLeft(): number;
}

interface Share {
  refusals: number;
  lookUps: number;
}

export function createShares(clock: () => number): Shares {
  let minute = 0;
  // Only of keys that this proxy knows, and emptied every minute: it needs no bound of its own.
  const shares = new Map<string, Share>();
  function shareOf(vaultKeyId: string): Share {
    const current = Math.floor(clock() / MINUTE_MS);
    if (current !== minute) shares.clear();
    minute = current;
    const known = shares.get(vaultKeyId);
    if (known !== undefined) return known;
    const share = { refusals: 0, lookUps: 0 };
    shares.set(vaultKeyId, share);
    return share;
  }
  return {
    noteRefusal(vaultKeyId) {
      shareOf(vaultKeyId).refusals += 1;
    },
    refusalsSpent: (vaultKeyId) => shareOf(vaultKeyId).refusals >= LIMITS.refusalsPerMinute,
    takeLookUp(vaultKeyId) {
      const share = shareOf(vaultKeyId);
      if (share.lookUps >= LIMITS.lookUpsPerMinute) return false;
      share.lookUps += 1;
      return true;
    },
    secondsLeft: () => Math.ceil((MINUTE_MS - (clock() % MINUTE_MS)) / 1000),
  };
}
