import { z } from "@hono/zod-openapi";
import { parseWindow } from "../window.ts";
import { budgetName, usd } from "./schemas.ts";

const WINDOW = "How long what was spent counts: such as 90m, 24h, 30d; or lifetime";

const window = z
  .string()
  .max(20)
  .refine((text) => parseWindow(text) !== undefined, "such as 90m, 24h or 30d, at most 366d, or lifetime")
  .openapi({ example: "30d" })
  .describe(WINDOW);

const ONE_CAP = "give daily_usd_cap, or usd_cap with window";

export const createBudgetSchema = z
  .strictObject({
    name: budgetName,
    daily_usd_cap: usd.optional().describe("Short for usd_cap with window 24h"),
    usd_cap: usd.optional().describe("Most US dollars in the window"),
    window: window.optional().describe(WINDOW),
    parent: budgetName
      .optional()
      .describe("A budget that is charged with everything that this one is charged with"),
  })
  .refine(
    ({ daily_usd_cap, usd_cap, window }) =>
      daily_usd_cap === undefined
        ? usd_cap !== undefined && window !== undefined
        : usd_cap === undefined && window === undefined,
    { message: ONE_CAP, path: ["daily_usd_cap"] },
  )
  .openapi("CreateBudget");

export const updateBudgetSchema = z
  .strictObject({ daily_usd_cap: usd.optional(), usd_cap: usd.optional() })
  .refine(({ daily_usd_cap, usd_cap }) => (daily_usd_cap === undefined) !== (usd_cap === undefined), {
    message: "give usd_cap, or daily_usd_cap for a budget of 24 hours",
    path: ["usd_cap"],
  })
  .openapi("UpdateBudget");

export const budgetSchema = z
  .object({
    name: z.string(),
    usd_cap: z.number(),
    window,
    daily_usd_cap: z.number().nullable().openapi({ description: "usd_cap, when the window is 24h" }),
    parent: z.string().nullable(),
    created_at: z.string(),
    spent: z.number().openapi({ description: "US dollars posted in the window" }),
    held: z.number().openapi({ description: "US dollars reserved: in flight, or of unknown outcome" }),
    remaining: z.number().openapi({ description: "US dollars that it and its parents still allow" }),
  })
  .openapi("Budget");
