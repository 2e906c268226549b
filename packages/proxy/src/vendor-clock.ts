/** How far a vendor's clock is from the proxy's, as its own answers say. */
export interface VendorClock {
  /** `date` is the header of an answer that is the vendor's own; `now` is the proxy's clock. */
  note(date: string | undefined, now: number): void;
  /** Milliseconds that the vendor's is ahead; null before any answer said so. */
  differenceMs(): number | null;
}

export function createVendorClock(): VendorClock {
  let differenceMs: number | null = null;
  return {
    note(date, now) {
      const told = Date.parse(date ?? "");
      if (!Number.isNaN(told)) differenceMs = told - now;
    },
    differenceMs: () => differenceMs,
  };
}
