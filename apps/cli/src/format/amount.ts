/** Stripe's currencies whose minor unit is not a hundredth (docs.stripe.com/currencies). */
const ZERO_DECIMAL = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMAL = new Set("bhd jod kwd omr tnd".split(" "));

/** 1250, "usd" → `$12.50`; 1250, "jpy" → `1250 jpy`. Integers all the way. */
export function formatAmount(amountMinor: number, currency: string): string {
  const decimals = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const digits = String(amountMinor).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const number = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  return currency === "usd" ? `$${number}` : `${number} ${currency}`;
}
