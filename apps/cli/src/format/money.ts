/** 12340000 → `$12.34`, 7900 → `$0.0079`: cents always, and more decimals where cents do not say it. */
export function formatMicros(micros: number): string {
  const digits = String(micros).padStart(7, "0");
  return `$${digits.slice(0, -6)}.${digits.slice(-6, -4)}${digits.slice(-4).replace(/0+$/, "")}`;
}

/** The admin API's dollars, which have at most six decimals, in the same form. No thousands separators: columns. */
export function formatUsd(dollars: number): string {
  return formatMicros(Math.round(dollars * 1_000_000));
}
