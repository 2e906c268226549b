import { currencyDecimals } from "@keybrake/core";

/** 1250, "usd" → `$12.50`; 1250, "jpy" → `1250 jpy`. Integers all the way. */
export function formatAmount(amountMinor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(amountMinor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const number = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  return currency === "usd" ? `$${number}` : `${number} ${currency}`;
}
