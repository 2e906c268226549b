import { KEYS, limitsOf } from "./keys.ts";

/** Money put at stake by a call of a key: counted from then on. */
export interface Commitment {
  /** A place in `KEYS`. */
  readonly key: number;
  readonly at: number;
  readonly micros: number;
}

/** The first limit that the commitments pass at this moment, in words; null when all hold. */
export function passedLimit(commitments: Iterable<Commitment>, now: number): string | null {
  const sums = new Map<string, { sum: number; cap: number }>();
  for (const { key, at, micros } of commitments) {
    const spec = KEYS[key];
    if (spec === undefined) throw new Error(`there is no key ${key}`);
    for (const { name, capMicros, windowMs } of limitsOf(spec)) {
      if (windowMs !== null && at <= now - windowMs) continue;
      const { sum = 0 } = sums.get(name) ?? {};
      sums.set(name, { sum: sum + micros, cap: capMicros });
    }
  }
  for (const [name, { sum, cap }] of sums) {
    if (sum > cap) return `${name}: ${sum} micros are at stake in its window, and its cap is ${cap}`;
  }
  return null;
}
