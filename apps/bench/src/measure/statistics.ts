/** A figure of several rounds: the middle one, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[Math.floor(index)] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return { median: (at(half) + at(Math.ceil(half))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/**
 * How `values` compare with `base`, round by round: the two of one round ran right after one another, so what slows the
 * machine for a while slows both and leaves the ratio as it is.
 */
export function ratioOf(values: readonly number[], base: readonly number[]): Spread {
  return spreadOf(values.map((value, round) => value / (base[round] ?? Number.NaN)));
}
