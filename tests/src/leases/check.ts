/**
 * The independent check: it sees what moved and when, by true time, and knows nothing of slices. Whatever order the
 * regions decided in, there must be no window in which more moved than the cap.
 */
export interface Movement {
  readonly at: number;
  readonly amount: number;
}

/** The most that moved in any window; windows end with a movement, for the sum only grows there. */
export function mostMoved(movements: readonly Movement[], windowMs: number): number {
  const inOrder = movements.toSorted((one, other) => one.at - other.at);
  let most = 0;
  let sum = 0;
  let oldest = 0;
  for (const { at, amount } of inOrder) {
    sum += amount;
    for (let first = inOrder[oldest]; first !== undefined && first.at <= at - windowMs; ) {
      sum -= first.amount;
      oldest += 1;
      first = inOrder[oldest];
    }
    most = Math.max(most, sum);
  }
  return most;
}
