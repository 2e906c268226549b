import { currencyDecimals } from "@keybrake/core";
import type { Params, ParamValue } from "./form.ts";

/** By the decimals of a currency. */
const MINOR_PER_MAJOR = { 0: 1, 2: 100, 3: 1000 } as const;

/** How many minor units make one major unit at Stripe: 1, 100 or 1000. */
export function minorPerMajor(currency: string): 1 | 100 | 1000 {
  return MINOR_PER_MAJOR[currencyDecimals(currency)];
}

/** `currency`, and `settlement_currency`, `to_currency` …, which Stripe may add to. */
const NAMES_CURRENCY = /(?:^|_)currency$/;

/** Every currency that the parameters name, however deep, lower-case; metadata only keeps and shows what it is given. */
export function currenciesIn(params: Params): readonly string[] {
  return Object.entries(params).flatMap(([name, value]) => (name === "metadata" ? [] : named(name, value)));
}

function named(name: string, value: ParamValue): readonly string[] {
  if (typeof value === "string") return NAMES_CURRENCY.test(name) ? [value.trim().toLowerCase()] : [];
  return Array.isArray(value) ? value.flatMap((item) => named(name, item)) : currenciesIn(value);
}
