import { currencyDecimals } from "@keybrake/core";

/** By the decimals of a currency. */
const MINOR_PER_MAJOR = { 0: 1, 2: 100, 3: 1000 } as const;

/** How many minor units make one major unit at Stripe: 1, 100 or 1000. */
export function minorPerMajor(currency: string): 1 | 100 | 1000 {
  return MINOR_PER_MAJOR[currencyDecimals(currency)];
}
