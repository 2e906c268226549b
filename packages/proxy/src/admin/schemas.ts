import { z } from "@hono/zod-openapi";
import { ROLE_NAMES } from "@keybrake/core";

/** One definition each: what validates is what `/admin/openapi.json` describes. */

/** Dollars as the API takes them, which have at most two decimals, in whole cents. */
export function cents(usd: number): number {
  return Math.round(usd * 100);
}

const usd = z
  .number()
  .min(0)
  .max(10_000_000)
  .refine((amount) => Math.abs(amount * 100 - cents(amount)) < 1e-6, "at most two decimals")
  .openapi({ description: "US dollars, at most two decimals", example: 500 });

// Shown on terminals, where a control character is a command.
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u, "no control characters");
const budgetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
  .openapi({ example: "team-billing" });

export const createVaultKeySchema = z
  .strictObject({
    name: name.openapi({ example: "billing-run-42" }),
    vendor: z.literal("stripe"),
    role: z.enum(ROLE_NAMES as [string, ...string[]]).optional(),
    daily_usd_cap: usd.optional().openapi({ description: "Rolling 24 h cap in US dollars; 0 = read-only" }),
    allowed_operations: z
      .array(z.string().min(1).max(120))
      .min(1)
      .max(200)
      .optional()
      .openapi({ example: ["charges.create", "customers.*"] }),
    expires_in_seconds: z
      .int()
      .min(1)
      .max(366 * 86_400)
      .default(86_400),
    max_usd_per_call: usd.optional(),
    currencies: z
      .array(z.string().regex(/^[A-Za-z]{3}$/))
      .min(1)
      .max(200)
      .optional(),
    customers: z
      .array(z.string().regex(/^cus_[A-Za-z0-9_]{1,100}$/))
      .min(1)
      .max(10_000)
      .optional(),
    stripe_accounts: z
      .array(z.string().regex(/^acct_[A-Za-z0-9_]{1,100}$/))
      .max(1000)
      .optional()
      .openapi({
        description:
          "Connected accounts that calls may act for (Stripe-Account) or name in parameters; none unless listed",
      }),
    max_calls: z.int().min(1).max(1_000_000_000).optional(),
    rate_per_minute: z.int().min(1).max(1_000_000).optional(),
    budget: budgetName
      .optional()
      .openapi({ description: "A shared budget, charged together with the key's own" }),
    simulate: z
      .boolean()
      .default(false)
      .openapi({ description: "Policy and cap as usual; Stripe is never called" }),
    dedupe: z.enum(["key", "act"]).default("key"),
    cap_status: z.union([z.literal(429), z.literal(402)]).default(429),
    require_idempotency_key: z.boolean().default(true),
    labels: z
      .record(z.string().min(1).max(40), z.string().max(500))
      .refine((labels) => Object.keys(labels).length <= 50, "at most 50 labels")
      .default({}),
  })
  .openapi("CreateVaultKey");

export type CreateVaultKey = z.infer<typeof createVaultKeySchema>;

const policySchema = z
  .object({
    allowed_operations: z.array(z.string()),
    daily_usd_cap: z.number().nullable(),
    budget: z.string().nullable(),
    max_usd_per_call: z.number().nullable(),
    currencies: z.array(z.string()).nullable(),
    customers: z.array(z.string()).nullable(),
    stripe_accounts: z.array(z.string()),
    max_calls: z.number().nullable(),
    rate_per_minute: z.number().nullable(),
    simulate: z.boolean(),
    dedupe: z.enum(["key", "act"]),
    cap_status: z.union([z.literal(429), z.literal(402)]),
    require_idempotency_key: z.boolean(),
  })
  .openapi("Policy");

export const issuedVaultKeySchema = z
  .object({
    id: z.string(),
    vault_key: z.string().openapi({ description: "Shown this once; only its hash is stored" }),
    name: z.string(),
    role: z.string().nullable(),
    policy: policySchema,
    expires_at: z.string().openapi({ format: "date-time" }),
  })
  .openapi("IssuedVaultKey");

export const vaultKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    vendor: z.string(),
    role: z.string().nullable(),
    status: z.enum(["active", "revoked", "expired"]),
    policy: policySchema,
    labels: z.record(z.string(), z.string()),
    created_at: z.string(),
    expires_at: z.string(),
    revoked_at: z.string().nullable(),
    spent: z.number().openapi({ description: "US dollars posted in the last 24 h" }),
    held: z.number().openapi({ description: "US dollars reserved: in flight, or of unknown outcome" }),
    remaining: z
      .number()
      .nullable()
      .openapi({ description: "US dollars still allowed; null without any cap" }),
    calls: z.number().openapi({ description: "Calls admitted" }),
  })
  .openapi("VaultKey");

export const createBudgetSchema = z
  .strictObject({ name: budgetName, daily_usd_cap: usd })
  .openapi("CreateBudget");
export const updateBudgetSchema = z.strictObject({ daily_usd_cap: usd }).openapi("UpdateBudget");

export const budgetSchema = z
  .object({
    name: z.string(),
    daily_usd_cap: z.number(),
    created_at: z.string(),
    spent: z.number(),
    held: z.number(),
    remaining: z.number(),
  })
  .openapi("Budget");

export const auditRowSchema = z
  .object({
    call_id: z.string(),
    at: z.string(),
    vault_key_id: z.string(),
    vault_key_name: z.string(),
    role: z.string().nullable(),
    run_id: z.string().nullable(),
    agent: z.string().nullable(),
    conversation_id: z.string().nullable(),
    turn: z.string().nullable(),
    traceparent: z.string().nullable(),
    operation: z.string().nullable(),
    method: z.string(),
    path: z.string(),
    idempotency_key: z.string().nullable(),
    decision: z.enum(["allowed", "denied", "replayed"]),
    code: z.string().nullable(),
    amount_minor: z.number().nullable(),
    currency: z.string().nullable(),
    usd_cents: z.number(),
    state: z.enum(["none", "held", "posted", "voided", "unknown"]),
    status: z.number().nullable(),
    upstream_request_id: z.string().nullable(),
    object_id: z.string().nullable(),
    latency_ms: z.number().nullable(),
  })
  .openapi("AuditRow");

export type AuditRow = z.infer<typeof auditRowSchema>;

const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "an ISO 8601 time")
  .transform((text) => Date.parse(text));

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
};

export const pageQuerySchema = z.strictObject(pageQuery);

export const auditFilterSchema = z.strictObject({
  run_id: z.string().optional(),
  vault_key_id: z.string().optional(),
  agent: z.string().optional(),
  operation: z.string().optional(),
  decision: z.enum(["allowed", "denied", "replayed"]).optional(),
  code: z.string().optional(),
  from: instant.optional().openapi({ type: "string", description: "Inclusive ISO 8601 time" }),
  to: instant.optional().openapi({ type: "string", description: "Exclusive ISO 8601 time" }),
});

export const auditQuerySchema = auditFilterSchema.extend({
  ...pageQuery,
  format: z.enum(["json", "jsonl", "csv"]).default("json"),
});

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
