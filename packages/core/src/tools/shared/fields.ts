import { z } from "zod";
import { LIMITS } from "../../limits.ts";
import { holdsSecret } from "../../secrets.ts";

/*
 * The fields that tools' inputs are made of. Fields that may be left out are `.nullable()` and not `.optional()`: providers with
 * strict schemas want every field named, and some converters drop all constraints at the first optional one.
 * A missing field is read as null at call time (../parse-input.ts).
 */

export const id = (prefixes: string, what: string) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${prefixes})_[A-Za-z0-9_]{1,${LIMITS.idLength}}$`),
      `must be an id that begins with ${prefixes.replaceAll("|", "_ or ")}_ (look it up, never make one up)`,
    )
    .describe(what);

export const customerId = id("cus", "Id of an existing Stripe customer (cus_…). Never make one up.");
export const chargeId = id("ch|py", "Id of an existing Stripe charge (ch_… or py_…). Never make one up.");
export const paymentIntentId = id("pi", "Id of an existing payment intent (pi_…). Never make one up.");
export const refundId = id("re|pyr", "Id of a refund (re_…).");

export const amount = z
  .int("must be a whole number of the currency's smallest unit: 2900 for 29.00 USD")
  .min(1, "must be at least 1")
  .max(LIMITS.amountMax)
  .describe("Amount in the smallest unit of the currency: 2900 is 29.00 USD, and 2900 JPY for jpy.");

export const currency = z
  .string()
  .toLowerCase()
  .regex(/^[a-z]{3}$/, "must be a currency code of three letters, for example usd")
  .nullable()
  .describe("Three-letter currency code, lower case. Null means usd.");

/** Texts go to Stripe as they are, and stand on its pages and receipts: a key that a model was told must not. */
const namesNoKey = (text: string): boolean => !holdsSecret(text);
const NO_KEYS = "holds an API key; leave it out, keys stand in no text";

export const description = z
  .string()
  .min(1)
  .max(LIMITS.descriptionLength)
  .refine(namesNoKey, NO_KEYS)
  .nullable()
  .describe("Text for people. It does not make a charge a different one. Null for none.");

export const billingPeriod = z
  .string()
  .regex(/^[0-9]{4}-(?:0[1-9]|1[0-2])$/, "must be a month as YYYY-MM, for example 2026-06")
  .nullable()
  .describe("The month that is billed, exactly as YYYY-MM (2026-06). Null when no month is billed.");

export const reference = z
  .string()
  .trim()
  .normalize("NFC")
  .min(1)
  .max(LIMITS.referenceLength)
  .refine(namesNoKey, NO_KEYS)
  .nullable()
  .describe(
    "Order, invoice or line item. Calls that are equal in everything else are one act: give each its own reference when two are really meant. Null for none.",
  );

export const limit = z
  .int()
  .min(1)
  .max(LIMITS.listMax)
  .nullable()
  .describe(`How many, 1 to ${LIMITS.listMax}. Null means ${LIMITS.listDefault}.`);

export const startingAfter = (what: z.ZodString) =>
  what.nullable().describe("Id of the last object of the page before. Null for the first page.");
