/** 1200.5 → `$1200.50`. The admin API's dollars have at most two decimals. No thousands separators: columns. */
export function formatUsd(dollars: number): string {
  return `$${dollars.toFixed(2)}`;
}
