import { z } from "@hono/zod-openapi";
import { parseWindow } from "../window.ts";
import { pageQuery, usd } from "./schemas.ts";

/** When a person must agree to a write of a key. */
export const approvalPolicySchema = z
  .strictObject({
    above_usd: usd.optional().describe("Asked about a call that moves more US dollars than this"),
    ask_at: z
      .int()
      .min(1)
      .max(99)
      .optional()
      .describe(
        "Asked about a call that costs, once it would use up more than so many percent of a budget of the key",
      ),
    operations: z
      .array(z.string().min(1).max(120))
      .min(1)
      .max(200)
      .optional()
      .describe("Only about these, written as in allowed_operations; about all writes unless told"),
    expires_in: z
      .string()
      .refine((text) => typeof parseWindow(text) === "number", "write it like 90m, 24h or 7d")
      .default("24h")
      .openapi({ example: "24h" })
      .describe("How long what is asked stands, unanswered or unused"),
  })
  .refine(
    ({ above_usd, ask_at }) => above_usd !== undefined || ask_at !== undefined,
    "give above_usd or ask_at: nobody would ever be asked",
  )
  .openapi("ApprovalPolicy");

export const shownApprovalPolicySchema = z.object({
  above_usd: z.number().nullable(),
  ask_at: z.number().nullable(),
  operations: z.array(z.string()).nullable(),
  expires_in: z.string(),
});

const STATUSES = ["pending", "approved", "denied", "used", "expired"] as const;

export const approvalSchema = z
  .object({
    id: z.string(),
    status: z.enum(STATUSES).openapi({
      description: "approved: the very same call goes through once, until expires_at; used: it did",
    }),
    cause: z.enum(["amount", "budget"]),
    vault_key_id: z.string(),
    vault_key_name: z.string(),
    vendor: z.string(),
    account: z.string(),
    simulate: z.boolean(),
    operation: z.string(),
    method: z.string(),
    path: z.string(),
    amount_minor: z.number().nullable(),
    currency: z.string().nullable(),
    usd: z.number().openapi({ description: "US dollars that the call would move" }),
    customer: z.string().nullable().openapi({ description: "As far as the request itself names one" }),
    parameters: z.record(z.string(), z.string()).openapi({
      description: "As the agent wrote them: among them words of its own, which nobody has checked",
    }),
    run_id: z.string().nullable(),
    agent: z.string().nullable(),
    conversation_id: z.string().nullable(),
    turn: z.string().nullable(),
    call_id: z.string().openapi({ description: "The call that asked first" }),
    asked_at: z.string(),
    expires_at: z.string(),
    decided_at: z.string().nullable(),
    decided_by: z.string().nullable(),
    decided_reason: z.string().nullable(),
    used_by: z.string().nullable().openapi({ description: "The call that went through with it" }),
  })
  .openapi("Approval");

export const approvalQuerySchema = z.strictObject({
  status: z.enum(STATUSES).optional(),
  vault_key_id: z.string().min(1).max(100).optional(),
  ...pageQuery,
});

const words = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "no control characters and no broken ones");

export const answerApprovalSchema = z
  .strictObject({
    by: words(100).optional().openapi({ description: "Who decides, for the record", example: "anna" }),
    reason: words(500).optional().openapi({
      description: "Why, for the record; of a denial the agent is told",
    }),
  })
  .openapi("AnswerApproval");
