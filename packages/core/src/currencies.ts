/**
 * Stripe's currencies whose smallest unit is not a hundredth (docs.stripe.com/currencies). Sources disagree on UGX,
 * which newer pages describe with two decimals; without decimals a cap counts too much of it rather than too little.
 */
const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "),
);
const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));

/** How many decimals an amount in this currency has: 2900 is 29.00 with two. `code`: three letters, in any case. */
export function currencyDecimals(code: string): 0 | 2 | 3 {
  const currency = code.toLowerCase();
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}
