import { z } from "@hono/zod-openapi";
import { holdsSecret } from "@keybrake/core";
import { LABELS_MAX } from "@keybrake/ledger";

/** One definition each: what validates is what `/admin/openapi.json` describes. */

/** Whether a double is as near to whole millionths as doubles come: 0.1 + 0.2 is, a tenth of a millionth is not. */
function isWholeMicros(usd: number): boolean {
  const micros = usd * 1_000_000;
  return Math.abs(micros - Math.round(micros)) <= 4 * Number.EPSILON * micros;
}

export const usd = z
  .number()
  .min(0)
  .max(10_000_000)
  .refine(isWholeMicros, "at most six decimals")
  .openapi({ description: "US dollars, at most six decimals", example: 500 });

/** What terminals show and stores compare: a control character is a command, and half a surrogate pair no text. */
const PLAIN = "[^\\p{Cc}\\p{Cs}]";
const PLAIN_TEXT = new RegExp(`^${PLAIN}*$`, "u");
const NOT_PLAIN = "no control characters and no broken ones";

/** Names and labels stand in every list and row: a key in one would be shown to whoever may read those. */
const namesNoKey = (text: string): boolean => !holdsSecret(text);
const NAMES_KEY = "holds an API key, which every list and row would show; leave it out";

export const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(PLAIN_TEXT, NOT_PLAIN)
  .refine(namesNoKey, NAMES_KEY);
export const budgetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
  .refine(namesNoKey, NAMES_KEY)
  .openapi({ example: "team-billing" });

/** One that is built in, or of `keybrake.yaml`: which there are, its user asks. */
export const roleName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "small letters, digits, - and _, at most 40, a letter first")
  .openapi({ example: "billing" });

/** How a filter names a label, and so what a label's name can be. */
export const LABEL_FILTER = new RegExp(`^label\\.(${PLAIN}{1,40})$`, "u");

/** A key has no more, so nothing can be found by more. */
export const LABELS_TOO_MANY = `at most ${LABELS_MAX} labels`;

/** Why somebody did it, in their words. */
export const reason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(PLAIN_TEXT, NOT_PLAIN)
  .refine(namesNoKey, NAMES_KEY);

/** Labels of a key, which every row of it shows. */
export const labels = z
  .record(
    z.string().min(1).max(40).regex(PLAIN_TEXT, NOT_PLAIN).refine(namesNoKey, NAMES_KEY),
    z
      .string()
      .max(500)
      .refine((text) => text.isWellFormed(), NOT_PLAIN)
      .refine(namesNoKey, NAMES_KEY),
  )
  .refine((given) => Object.keys(given).length <= LABELS_MAX, LABELS_TOO_MANY);

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
};

export const pageQuerySchema = z.strictObject(pageQuery);

export const errorSchema = z
  .object({
    error: z.object({
      type: z.string(),
      code: z.string(),
      message: z.string(),
      param: z.string().optional(),
      keybrake: z.record(z.string(), z.unknown()),
    }),
  })
  .openapi("Error");

export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
