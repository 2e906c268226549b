import { z } from "@hono/zod-openapi";
import { LABELS_MAX } from "@keybrake/ledger";

/** One definition each: what validates is what `/admin/openapi.json` describes. */

export const usd = z
  .number()
  .min(0)
  .max(10_000_000)
  .refine((amount) => Math.abs(amount * 100 - Math.round(amount * 100)) < 1e-6, "at most two decimals")
  .openapi({ description: "US dollars, at most two decimals", example: 500 });

// Shown on terminals, where a control character is a command.
export const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, "no control characters");
export const budgetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
  .openapi({ example: "team-billing" });

/** Labels of a key, which every row of it shows. */
export const labels = z
  .record(z.string().min(1).max(40), z.string().max(500))
  .refine((given) => Object.keys(given).length <= LABELS_MAX, `at most ${LABELS_MAX} labels`);

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
