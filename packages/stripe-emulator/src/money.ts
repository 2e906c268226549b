import { invalidRequest } from "./errors.ts";
import { AMOUNT_MINOR_MAX } from "./limits.ts";

/** Currencies without a minor unit (docs.stripe.com/currencies#zero-decimal). */
const ZERO_DECIMAL = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMAL = new Set("bhd jod kwd omr tnd".split(" "));

/** Presentment currencies (docs.stripe.com/currencies). */
const CURRENCIES = new Set(
  `usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf
  chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf
  idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop
  mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd
  scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof
  xpf yer zar zmw`.split(/\s+/),
);

/** Smallest charge where it is not 50 minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const MINIMUM_MINOR: Readonly<Record<string, number>> = {
  aed: 200,
  bgn: 100,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  mxn: 1000,
  myr: 200,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
  thb: 1000,
};

/** Lower-cases and checks a currency; 400 with param `currency` when Stripe does not have it. */
export function checkCurrency(currency: string): string {
  const lower = currency.toLowerCase();
  if (CURRENCIES.has(lower)) return lower;
  throw invalidRequest(
    `Invalid currency: ${currency}. Stripe currently supports these currencies: ${[...CURRENCIES].join(", ")}`,
    { param: "currency" },
  );
}

function exponent(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** `600`, `usd` → `$6.00`: for messages only, never for arithmetic. */
export function formatMinor(amountMinor: number, currency: string): string {
  const digits = exponent(currency);
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: currency.toUpperCase(),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amountMinor / 10 ** digits);
}

/** The smallest amount that Stripe charges in a currency. */
export function minimumChargeMinor(currency: string): number {
  return MINIMUM_MINOR[currency] ?? 50;
}

/** Stripe's bounds on what one charge may take: `amount_too_small`, `amount_too_large`. */
export function checkChargeAmount(amountMinor: number, currency: string): void {
  const minimum = minimumChargeMinor(currency);
  if (amountMinor < minimum) {
    const text = currency === "usd" ? `${minimum} cents` : formatMinor(minimum, currency);
    throw invalidRequest(`Amount must be at least ${text}`, { param: "amount", code: "amount_too_small" });
  }
  if (amountMinor > AMOUNT_MINOR_MAX) {
    throw invalidRequest(`Amount must be no more than ${formatMinor(AMOUNT_MINOR_MAX, currency)}`, {
      param: "amount",
      code: "amount_too_large",
    });
  }
}

/** Stripe's card fee in the United States: 2.9 % + 30 minor units, here for every currency. */
export function chargeFeeMinor(amountMinor: number): number {
  return Math.round((amountMinor * 29) / 1000) + 30;
}
