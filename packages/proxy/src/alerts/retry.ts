const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after each failed try the next one comes: ten tries over some sixteen hours, a night and its morning. */
const AFTER_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
];

/** At most, and as part of the time: receivers that failed together are not asked together again. */
const JITTER = 0.2;

/** When the next try comes after so many; null when there is none. `part` is random, from 0 to 1. */
export function retryAt(attempts: number, at: number, part: number): number | null {
  const after = AFTER_MS[attempts - 1];
  return after === undefined ? null : Math.round(at + after * (1 - JITTER + 2 * JITTER * part));
}
