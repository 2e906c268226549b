/** What an amount is worth in millionths of a US dollar, by a configured table of rates. Exact integers, rounded up. */
import type { Vendor } from "./vendors/vendor.ts";

interface Rate {
  /** US dollars per one major unit = numerator / denominator. */
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Rates by lower-case currency code; `usd` is always there. */
export interface Rates {
  readonly perMajor: ReadonlyMap<string, Rate>;
}

const DECIMAL = /^\d{1,12}(?:\.\d{1,12})?$/;

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
 * Millionths of a US dollar for an amount in the vendor's minor units, rounded up so that a cap is never passed by a fraction. Null when
 * the currency has no rate, when the amount is not a safe non-negative integer, or when the result is not.
 */
export function toUsdMicros(
  { amountMinor, currency }: { readonly amountMinor: number; readonly currency: string },
  rates: Rates,
  vendor: Pick<Vendor, "minorPerMajor">,
): number | null {
  const rate = rates.perMajor.get(currency.toLowerCase());
  if (rate === undefined || !Number.isSafeInteger(amountMinor) || amountMinor < 0) return null;
  const numerator = BigInt(amountMinor) * rate.numerator * 1_000_000n;
  const denominator = rate.denominator * BigInt(vendor.minorPerMajor(currency));
  const micros = (numerator + denominator - 1n) / denominator;
  return micros <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(micros) : null;
}
