import type { Verdict } from "../vendors/vendor.ts";

/** An attempt at an act that the vendor refused, so that the act may be tried again. */
export interface RefusedAttempt {
  /** `ClaimRequest.actDigest` of who made it. */
  readonly actDigest: string;
  readonly verdict: Verdict;
}

/**
 * Claims of calls of this process that others wait for, by `claimId`. A repeat of an act in flight waits here instead of
 * asking the store again and again; a call that another process works on is not here and is polled for.
 */
export interface WaitingRoom {
  /** Announces work on a claim. Twice at once, when an act is sent again before its first call has gone. */
  enter(claim: string): void;
  /** Ends the wait of everybody who came, when nobody works on the claim any more. */
  leave(claim: string, refused: RefusedAttempt | null): void;
  /** Whether somebody here works on the claim. */
  isBusy(claim: string): boolean;
  /**
   * Resolves when the work is over, with how the vendor refused it, or when `ms` have passed; undefined when nobody
   * here works on the claim, or no time is left.
   */
  wait(claim: string, ms: number): Promise<RefusedAttempt | null> | undefined;
}

interface Work {
  readonly over: PromiseWithResolvers<RefusedAttempt | null>;
  workers: number;
}

export function createWaitingRoom(): WaitingRoom {
  const claims = new Map<string, Work>();
  return {
    enter(claim) {
      const work = claims.get(claim);
      if (work === undefined) claims.set(claim, { over: Promise.withResolvers(), workers: 1 });
      else work.workers += 1;
    },
    leave(claim, refused) {
      const work = claims.get(claim);
      if (work === undefined) return;
      work.workers -= 1;
      if (work.workers > 0) return;
      claims.delete(claim);
      work.over.resolve(refused);
    },
    isBusy: (claim) => claims.has(claim),
    wait(claim, ms) {
      const work = claims.get(claim);
      if (work === undefined || ms <= 0) return undefined;
      const { promise: late, resolve } = Promise.withResolvers<null>();
      const timer = setTimeout(() => resolve(null), ms);
      return Promise.race([work.over.promise, late]).finally(() => clearTimeout(timer));
    },
  };
}
