/** docs.stripe.com/currencies: amounts of these are whole units. */
const ZERO_DECIMAL = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "ugx",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);
const THREE_DECIMAL = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

/** `2900`, `usd` → `29.00 USD`. Only for sentences; nothing computes with it. */
export function formatAmount(amount: number, currency: string): string {
  const digits = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const sign = amount < 0 ? "-" : "";
  const text = String(Math.abs(amount)).padStart(digits + 1, "0");
  const split = text.length - digits;
  const number = digits === 0 ? text : `${text.slice(0, split)}.${text.slice(split)}`;
  return `${sign}${number} ${currency.toUpperCase()}`;
}
