import { LIMITS } from "../limits.ts";

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * What each vault key has had, in this minute of the clock, of what others share: rows for refusals, and look-ups at
 * the vendor. In memory, so each process counts for itself, and a restart begins anew.
 */
export interface Shares {
  /** Notes a refusal, which has its row. */
  noteRefusal(vaultKeyId: string): void;
  /** Whether the key has had its refusals of this minute. */
  refusalsSpent(vaultKeyId: string): boolean;
  /**
   * Whether the key's next call is looked at. Beyond its refusals none is, but one a second while an answer to it was
   * lost: to ask for that again is safe, and bars nobody. 60 rows in a minute are all that can be had by it.
   */
  takeCall(vaultKeyId: string): boolean;
  /** Whole seconds until a call of the key may be looked at that is not now. */
  secondsUntilCall(vaultKeyId: string): number;
  /** Notes that nobody knows what became of an act of the key, or that it is known now. */
  noteLost(vaultKeyId: string): void;
  noteFound(vaultKeyId: string): void;
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
  /** The keys with lost answers, how many, and when one of their calls was looked at beyond their refusals. */
  const lost = new Map<string, { acts: number; lookedAt: number }>();
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
  const secondsLeft = () => Math.ceil((MINUTE_MS - (clock() % MINUTE_MS)) / SECOND_MS);
  const refusalsSpent = (vaultKeyId: string) => shareOf(vaultKeyId).refusals >= LIMITS.refusalsPerMinute;
  return {
    takeCall(vaultKeyId) {
      if (!refusalsSpent(vaultKeyId)) return true;
      const loss = lost.get(vaultKeyId);
      if (loss === undefined || clock() - loss.lookedAt < SECOND_MS) return false;
      loss.lookedAt = clock();
      return true;
    },
    secondsUntilCall: (vaultKeyId) => (lost.has(vaultKeyId) ? 1 : secondsLeft()),
    noteLost(vaultKeyId) {
      const loss = lost.get(vaultKeyId);
      if (loss === undefined) lost.set(vaultKeyId, { acts: 1, lookedAt: 0 });
      else loss.acts += 1;
    },
    noteFound(vaultKeyId) {
      const loss = lost.get(vaultKeyId);
      if (loss === undefined) return;
      loss.acts -= 1;
      if (loss.acts === 0) lost.delete(vaultKeyId);
    },
    noteRefusal(vaultKeyId) {
      shareOf(vaultKeyId).refusals += 1;
    },
    refusalsSpent,
    takeLookUp(vaultKeyId) {
      const share = shareOf(vaultKeyId);
      if (share.lookUps >= LIMITS.lookUpsPerMinute) return false;
      share.lookUps += 1;
      return true;
    },
    secondsLeft,
  };
}
