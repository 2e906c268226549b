/** What an amount is worth in US cents, by a configured table of rates. Exact integers, rounded up. */

interface Rate {
  /** US dollars per one major unit = numerator / denominator. */
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Rates by lower-case currency code; `usd` is always there. */
export interface Rates {
  readonly perMajor: ReadonlyMap<string, Rate>;
}

/**
 * Currencies without minor units at Stripe (docs.stripe.com/currencies). Sources disagree on UGX, which newer
 * pages describe with two decimals; taking it as zero-decimal counts too much rather than too little.
 */
const ZERO_DECIMAL: ReadonlySet<string> = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "),
);

const THREE_DECIMAL: ReadonlySet<string> = new Set("bhd jod kwd omr tnd".split(" "));

const DECIMAL = /^\d{1,12}(?:\.\d{1,12})?$/;

/** How many minor units make one major unit: 1, 100 or 1000. */
export function minorPerMajor(currency: string): 1 | 100 | 1000 {
  const code = currency.toLowerCase();
  return ZERO_DECIMAL.has(code) ? 1 : THREE_DECIMAL.has(code) ? 1000 : 100;
}

/**
 * Reads a table such as `{"eur": "1.0850"}`: US dollars per one major unit, as decimal strings so that no
 * float is involved. Throws an Error that names the entry when the table is not of this form: a wrong table
 * is a wrong configuration.
 */
export function parseRates(json: unknown): Rates {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Error('Rates must be an object such as {"eur": "1.0850"}.');
  }
  const perMajor = new Map<string, Rate>([["usd", { numerator: 1n, denominator: 1n }]]);
  for (const [name, value] of Object.entries(json)) {
    const currency = name.toLowerCase();
    if (!/^[a-z]{3}$/.test(currency)) throw new Error(`Rate for "${name}": not a currency code.`);
    if (perMajor.has(currency)) throw new Error(`Rate for "${name}": given twice, or built in (usd).`);
    if (typeof value !== "string" || !DECIMAL.test(value) || /^[0.]*$/.test(value)) {
      throw new Error(`Rate for "${name}": must be a positive decimal in quotes, such as "1.0850".`);
    }
    const [whole = "", fraction = ""] = value.split(".");
    perMajor.set(currency, {
      numerator: BigInt(whole + fraction),
      denominator: 10n ** BigInt(fraction.length),
    });
  }
  return { perMajor };
}

/**
 * US cents for an amount in minor units, rounded up so that a cap is never passed by a fraction. Null when
 * the currency has no rate, when the amount is not a safe non-negative integer, or when the result is not.
 */
export function toUsdCents(amountMinor: number, currency: string, rates: Rates): number | null {
  const rate = rates.perMajor.get(currency.toLowerCase());
  if (rate === undefined || !Number.isSafeInteger(amountMinor) || amountMinor < 0) return null;
  const numerator = BigInt(amountMinor) * rate.numerator * 100n;
  const denominator = rate.denominator * BigInt(minorPerMajor(currency));
  const cents = (numerator + denominator - 1n) / denominator;
  return cents <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(cents) : null;
}
