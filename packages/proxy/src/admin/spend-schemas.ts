import { z } from "@hono/zod-openapi";

/** The spans that can be asked for, in bins of which each has a beginning in UTC. */
export const SPANS = {
  "24h": { bin: "hour", bins: 24 },
  "48h": { bin: "hour", bins: 48 },
  "7d": { bin: "day", bins: 7 },
  "30d": { bin: "day", bins: 30 },
  "90d": { bin: "day", bins: 90 },
} as const;

export type Span = keyof typeof SPANS;

/** There are as many runs as there is work: of a month of them no short question tells who moved most. */
const RUN_SPANS: readonly Span[] = ["24h", "48h", "7d"];

export const spendQuerySchema = z
  .strictObject({
    by: z.enum(["key", "role", "agent", "run"]).default("key"),
    span: z
      .enum(Object.keys(SPANS) as [Span, ...Span[]])
      .default("24h")
      .openapi({
        description:
          "Up to now, the bin that has begun among them: 24 or 48 hours, or so many days of UTC; by run 7 days at most",
      }),
  })
  .refine(({ by, span }) => by !== "run" || RUN_SPANS.includes(span), {
    message: "runs are told apart in 7 days at most",
    path: ["span"],
  });

const sums = {
  moved_micros: z.int().openapi({ description: "Posted: millionths of a US dollar" }),
  held_micros: z.int().openapi({ description: "Reserved, and not known to have moved" }),
  posted: z.int().openapi({ description: "Calls that moved something" }),
  denied: z.int(),
  calls: z.int(),
};

const series = z.array(z.int());

export const spendSchema = z
  .object({
    by: z.enum(["key", "role", "agent", "run"]),
    bin: z.enum(["hour", "day"]),
    starts: z.array(z.string()).openapi({ description: "When each bin begins, oldest first" }),
    told: z.number().openapi({
      description:
        "How much of the audit log is in it, from 0 to 1: what is old is added up when somebody first asks",
    }),
    total: z.object(sums),
    groups: z
      .array(
        z.object({
          kind: z.enum(["named", "none", "others"]).openapi({
            description: "none: calls that name none; others: all that are not told apart, together",
          }),
          name: z.string().openapi({ description: "The key's id, the role, the agent or the run" }),
          title: z.string().openapi({ description: "The key's name, else as name" }),
          total: z.object(sums),
          moved_micros: series.openapi({ description: "For each bin" }),
          held_micros: series,
          denied: series,
        }),
      )
      .openapi({ description: "Who moved most first" }),
  })
  .openapi("Spend");

export type Spend = z.output<typeof spendSchema>;
