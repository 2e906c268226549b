import { LIMITS } from "./limits.ts";

/** Counts requests without a valid key per remote address, in one-minute windows; bounded in memory. */
export interface UnauthenticatedLimit {
  /** Notes one more and says whether the address has had its share of this minute. */
  exceeded(address: string, now: number): boolean;
}

export function createUnauthenticatedLimit(): UnauthenticatedLimit {
  const windows = new Map<string, { readonly minute: number; count: number }>();
  return {
    exceeded(address, now) {
      const minute = Math.floor(now / 60_000);
      let window = windows.get(address);
      if (window?.minute !== minute) {
        window = { minute, count: 0 };
        // Deleted first, so that the map stays ordered by age and the first entry is the oldest.
        windows.delete(address);
        windows.set(address, window);
        const oldest = windows.keys().next();
        if (windows.size > LIMITS.unauthenticatedAddresses && !oldest.done) windows.delete(oldest.value);
      }
      window.count += 1;
      return window.count > LIMITS.unauthenticatedPerMinute;
    },
  };
}
