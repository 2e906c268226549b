import { type AuditRow, currencyDecimals } from "@keybrake/core";

/** Digits of an integer as a decimal with so many places: exact, where a division need not be. */
function decimal(units: number, places: number): `${number}` {
  const digits = String(Math.abs(units)).padStart(places + 1, "0");
  const sign = units < 0 ? "-" : "";
  const whole = digits.slice(0, digits.length - places);
  return `${sign}${whole}${places === 0 ? "" : `.${digits.slice(-places)}`}` as `${number}`;
}

const USD = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 6 });

/** Millionths of a US dollar: cents always, and more decimals where cents do not say it. */
export function micros(units: number): string {
  return USD.format(decimal(units, 6));
}

/** The admin API's dollars, which have at most six decimals. */
export function dollars(usd: number): string {
  return micros(Math.round(usd * 1_000_000));
}

/** As the vendor counts it: 2900, "eur" → `€29.00`. */
export function minor(amount: number, currency: string): string {
  const places = currencyDecimals(currency);
  const digits = decimal(amount, places);
  if (!/^[a-z]{3}$/i.test(currency)) return `${digits} ${currency}`;
  const format = {
    style: "currency",
    currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  };
  return new Intl.NumberFormat("en-US", format as Intl.NumberFormatOptions).format(digits);
}

type Priced = Pick<AuditRow, "amount_minor" | "currency" | "usd_micros">;

/** As the vendor counts it where that is known, with dollars beside another currency; nothing for what costs nothing. */
export function amountOf({ amount_minor, currency, usd_micros }: Priced): string {
  if (amount_minor === null || currency === null) return usd_micros === 0 ? "" : micros(usd_micros);
  const own = minor(amount_minor, currency);
  return currency.toLowerCase() === "usd" || usd_micros === 0 ? own : `${own} (${micros(usd_micros)})`;
}
