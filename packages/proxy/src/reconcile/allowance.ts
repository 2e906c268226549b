/** So many of something in each stretch of time, and no more. */
export interface Allowance {
  /** Takes one; false when there is none left. */
  take(): boolean;
  left(): boolean;
}

export function createAllowance(options: {
  readonly clock: () => number;
  readonly most: number;
  readonly perMs: number;
}): Allowance {
  const { clock, most, perMs } = options;
  let since = clock();
  let taken = 0;
  const left = (): boolean => {
    const now = clock();
    if (now - since >= perMs) {
      since = now;
      taken = 0;
    }
    return taken < most;
  };
  return {
    left,
    take() {
      if (!left()) return false;
      taken += 1;
      return true;
    },
  };
}
