/** US dollars as people and the API write them, and millionths of them, which is what budgets count. */

const MICROS_PER_USD = 1_000_000;

/** Dollars with at most six decimals, which the caller has checked, as whole millionths. */
export function toMicros(usd: number): number {
  return Math.round(usd * MICROS_PER_USD);
}

/** For programs: exact up to the precision of a double, which every amount below 9 billion dollars has. */
export function toUsd(micros: number): number {
  return micros / MICROS_PER_USD;
}

/** `$12.34`, and `$0.0079` where cents do not say it: for people and models. */
export function dollars(micros: number): string {
  const fraction = String(micros % MICROS_PER_USD).padStart(6, "0");
  return `$${Math.trunc(micros / MICROS_PER_USD)}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`;
}
