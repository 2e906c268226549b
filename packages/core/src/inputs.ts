import { z } from "zod";
import { LIMITS } from "./limits.ts";
import type { ToolName } from "./roles.ts";

/*
 * One schema per tool. Fields that may be left out are `.nullable()` and not `.optional()`: providers with
 * strict schemas want every field named, and some converters drop all constraints at the first optional one.
 * A missing field is read as null at call time (parse-input.ts).
 */

const id = (prefixes: string, what: string) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${prefixes})_[A-Za-z0-9_]{1,${LIMITS.idLength}}$`),
      `must be an id that begins with ${prefixes.replaceAll("|", "_ or ")}_ (look it up, never make one up)`,
    )
    .describe(what);

const customerId = id("cus", "Id of an existing Stripe customer (cus_…). Never make one up.");
const chargeId = id("ch|py", "Id of an existing Stripe charge (ch_… or py_…). Never make one up.");
const refundId = id("re|pyr", "Id of a refund (re_…).");

const amount = z
  .int("must be a whole number of the currency's smallest unit: 2900 for 29.00 USD")
  .min(1, "must be at least 1")
  .max(LIMITS.amountMax)
  .describe("Amount in the smallest unit of the currency: 2900 is 29.00 USD, and 2900 JPY for jpy.");

const currency = z
  .string()
  .toLowerCase()
  .regex(/^[a-z]{3}$/, "must be a currency code of three letters, for example usd")
  .nullable()
  .describe("Three-letter currency code, lower case. Null means usd.");

const description = z
  .string()
  .min(1)
  .max(LIMITS.descriptionLength)
  .nullable()
  .describe("Text for people. It does not make a charge a different one. Null for none.");

const billingPeriod = z
  .string()
  .regex(/^[0-9]{4}-(?:0[1-9]|1[0-2])$/, "must be a month as YYYY-MM, for example 2026-06")
  .nullable()
  .describe("The month that is billed, exactly as YYYY-MM (2026-06). Null when no month is billed.");

const reference = z
  .string()
  .trim()
  .normalize("NFC")
  .min(1)
  .max(LIMITS.referenceLength)
  .nullable()
  .describe(
    "Order, invoice or line item. Calls that are equal in everything else are one act: give each its own reference when two are really meant. Null for none.",
  );

const limit = z
  .int()
  .min(1)
  .max(LIMITS.listMax)
  .nullable()
  .describe(`How many, 1 to ${LIMITS.listMax}. Null means ${LIMITS.listDefault}.`);

const startingAfter = (what: z.ZodString) =>
  what.nullable().describe("Id of the last object of the page before. Null for the first page.");

const payment = z.strictObject({
  customer_id: customerId,
  amount_cents: amount,
  currency,
  description,
  billing_period: billingPeriod,
  reference,
});

/** The input schema of each tool: Zod 4 objects that refuse unknown fields. */
export const INPUT_SCHEMAS = {
  create_charge: payment,
  create_payment_intent: payment,
  create_refund: z.strictObject({
    charge_id: chargeId,
    amount_cents: amount.nullable().describe("Amount in the smallest unit. Null refunds all that is left."),
    reason: z
      .enum(["duplicate", "fraudulent", "requested_by_customer"])
      .nullable()
      .describe("Why, in Stripe's words. Null for none."),
    reference,
  }),
  check_existing_charge: z.strictObject({
    customer_id: customerId,
    amount_cents: amount.nullable().describe("Only charges of exactly this amount. Null for any."),
    billing_period: billingPeriod,
    reference,
  }),
  retrieve_charge: z.strictObject({ charge_id: chargeId }),
  list_charges: z.strictObject({
    customer_id: customerId.nullable().describe("Only charges of this customer (cus_…). Null for all."),
    limit,
    starting_after: startingAfter(chargeId),
  }),
  retrieve_payment_intent: z.strictObject({
    payment_intent_id: id("pi", "Id of an existing payment intent (pi_…). Never make one up."),
  }),
  list_refunds: z.strictObject({
    charge_id: chargeId.nullable().describe("Only refunds of this charge (ch_…). Null for all."),
    limit,
    starting_after: startingAfter(refundId),
  }),
  retrieve_customer: z.strictObject({ customer_id: customerId }),
  list_customers: z.strictObject({
    email: z
      .string()
      .min(3)
      .max(320)
      .nullable()
      .describe("Only customers with exactly this email. Null for all."),
    limit,
    starting_after: startingAfter(customerId),
  }),
  retrieve_balance: z.strictObject({}),
} as const satisfies Record<ToolName, z.ZodObject>;

/** What a tool is given, after reading absent fields as null. */
export type ToolInput<N extends ToolName> = z.infer<(typeof INPUT_SCHEMAS)[N]>;

/**
 * The fields of each schema. Read at load, together with a first parse, because `util.inspect` with
 * `showHidden` breaks a Zod schema whose lazy parts nobody has used yet.
 */
export const INPUT_FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(INPUT_SCHEMAS).map(([tool, schema]) => {
    schema.safeParse({});
    return [tool, Object.keys(schema.shape)];
  }),
);

const jsonSchemas = new Map<ToolName, Readonly<Record<string, unknown>>>();

/** The schema as JSON Schema draft 7, for frameworks that take no Zod. Made once per tool. */
export function inputJsonSchema(tool: ToolName): Readonly<Record<string, unknown>> {
  let schema = jsonSchemas.get(tool);
  if (schema === undefined) {
    schema = z.toJSONSchema(INPUT_SCHEMAS[tool], { target: "draft-7", io: "input" });
    jsonSchemas.set(tool, schema);
  }
  return schema;
}
