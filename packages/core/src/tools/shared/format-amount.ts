import { currencyDecimals } from "../../currencies.ts";

/** `2900`, `usd` → `29.00 USD`. Only for sentences; nothing computes with it. */
export function formatAmount(amountMinor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const sign = amountMinor < 0 ? "-" : "";
  const text = String(Math.abs(amountMinor)).padStart(decimals + 1, "0");
  const split = text.length - decimals;
  const number = decimals === 0 ? text : `${text.slice(0, split)}.${text.slice(split)}`;
  return `${sign}${number} ${currency.toUpperCase()}`;
}
