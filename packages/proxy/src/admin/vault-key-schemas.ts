import { z } from "@hono/zod-openapi";
import { POLICY_FIELDS as SAID } from "@keybrake/core";
import { BUDGETS_PER_KEY_MAX, DELEGATED_KEYS_MAX, DELEGATION_DEPTH_MAX } from "@keybrake/ledger";
import { DEFAULT_ACCOUNT } from "../accounts.ts";
import { LIMITS } from "../limits.ts";
import { parseWindow } from "../window.ts";
import { approvalPolicySchema, shownApprovalPolicySchema } from "./approval-schemas.ts";
import { budgetName, labels, name, roleName, usd } from "./schemas.ts";

const actWindow = z
  .string()
  .refine((text) => typeof parseWindow(text) === "number", "write it like 90m, 24h or 7d")
  .openapi({ example: "24h" });

/** As a header may say it. */
const boundTo = z
  .string()
  .min(1)
  .max(LIMITS.agentHeaderLength)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, "printable ASCII, as a header may hold");

const bind = z
  .strictObject({
    run_id: boundTo.optional().describe("Calls of any other run, or of none, are refused"),
    conversation_id: boundTo.optional().describe("Calls of any other conversation, or of none, are refused"),
  })
  .refine((bound) => Object.values(bound).some((id) => id !== undefined), "name a run or a conversation");

const mayDelegate = z.strictObject({
  keys: z
    .int()
    .min(1)
    .max(DELEGATED_KEYS_MAX)
    .default(100)
    .describe("So many keys may come of it in its life"),
  depth: z.int().min(1).max(DELEGATION_DEPTH_MAX).default(1).describe("Keys of keys, so many steps below it"),
});

export const createVaultKeySchema = z
  .strictObject({
    name: name.openapi({
      description: "What people find the key by; its calls' rows show it",
      example: "billing-run-42",
    }),
    vendor: z.string().max(40).openapi({ description: "The API that the key is for", example: "stripe" }),
    account: z
      .string()
      .max(40)
      .default(DEFAULT_ACCOUNT)
      .openapi({ description: "The named credential that the key's calls go out under" }),
    role: roleName.optional().describe(SAID.role),
    daily_usd_cap: usd.optional().describe(SAID.daily_usd_cap),
    allowed_operations: z
      .array(z.string().min(1).max(120))
      .min(1)
      .max(200)
      .optional()
      .openapi({ example: ["charges.create", "customers.*"] })
      .describe(SAID.allowed_operations),
    expires_in_seconds: z
      .int()
      .min(1)
      .max(366 * 86_400)
      .default(86_400)
      .describe(SAID.expires_in_seconds),
    max_usd_per_call: usd.optional().describe(SAID.max_usd_per_call),
    currencies: z
      .array(z.string().regex(/^[A-Za-z]{3}$/))
      .min(1)
      .max(200)
      .optional()
      .describe(SAID.currencies),
    customers: z.array(z.string().min(1).max(120)).min(1).max(10_000).optional().describe(SAID.customers),
    stripe_accounts: z.array(z.string().min(1).max(120)).max(1000).optional().describe(SAID.stripe_accounts),
    max_calls: z.int().min(1).max(1_000_000_000).optional().describe(SAID.max_calls),
    rate_per_minute: z.int().min(1).max(1_000_000).optional().describe(SAID.rate_per_minute),
    budget: budgetName.optional().describe(SAID.budget),
    budgets: z.array(budgetName).min(1).max(BUDGETS_PER_KEY_MAX).optional().describe(SAID.budgets),
    simulate: z.boolean().default(false).describe(SAID.simulate),
    assume_usd: z
      .record(z.string().min(1).max(120), usd)
      .optional()
      .openapi({ example: { "billingPortal.sessions.create": 0 } })
      .describe(SAID.assume_usd),
    allow_raw_cards: z.boolean().default(false).describe(SAID.allow_raw_cards),
    unpaid_intents: z.enum(["window", "hold"]).default("window").describe(SAID.unpaid_intents),
    dedupe: z.enum(["auto", "act", "key"]).default("auto").describe(SAID.dedupe),
    act_window: actWindow.default("24h").describe(SAID.act_window),
    act_includes: z
      .array(
        z
          .string()
          .max(100)
          .regex(/^[a-z0-9_]+(?:\[[^[\]]+\])*$/),
      )
      .max(20)
      .default([])
      .openapi({ example: ["description", "metadata[order_id]"] })
      .describe(SAID.act_includes),
    enforcement: z.enum(["enforce", "observe"]).default("enforce").describe(SAID.enforcement),
    cap_status: z
      .union([z.literal(429), z.literal(402)])
      .default(429)
      .describe(SAID.cap_status),
    approval: approvalPolicySchema.optional().describe(SAID.approval),
    bind: bind.optional().describe(SAID.bind),
    may_delegate: mayDelegate.optional().describe(SAID.may_delegate),
    labels: labels.default({}).describe(SAID.labels),
  })
  .openapi("CreateVaultKey");

export type CreateVaultKey = z.infer<typeof createVaultKeySchema>;

const policySchema = z
  .object({
    allowed_operations: z.array(z.string()),
    daily_usd_cap: z.number().nullable(),
    budgets: z.array(z.string()),
    max_usd_per_call: z.number().nullable(),
    currencies: z.array(z.string()).nullable(),
    customers: z.array(z.string()).nullable(),
    stripe_accounts: z.array(z.string()),
    max_calls: z.number().nullable(),
    rate_per_minute: z.number().nullable(),
    simulate: z.boolean(),
    assume_usd: z.record(z.string(), z.number()),
    allow_raw_cards: z.boolean(),
    unpaid_intents: z.enum(["window", "hold"]),
    dedupe: z.enum(["auto", "act", "key"]),
    act_window: z.string(),
    act_includes: z.array(z.string()),
    enforcement: z.enum(["enforce", "observe"]),
    cap_status: z.union([z.literal(429), z.literal(402)]),
    approval: shownApprovalPolicySchema.nullable(),
    bind: z.object({ run_id: z.string().nullable(), conversation_id: z.string().nullable() }).nullable(),
    may_delegate: z.object({ keys: z.number(), depth: z.number() }).nullable(),
  })
  .openapi("Policy");

export const rotateVaultKeySchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(7 * 86_400)
      .default(0)
      .openapi({ description: "How long the secret before works as well; one before that ends at once" }),
  })
  .openapi("RotateVaultKey");

export const rotatedVaultKeySchema = z
  .object({
    id: z.string(),
    vault_key: z.string().openapi({ description: "Shown this once; only its hash is stored" }),
    name: z.string(),
    previous_ends_at: z.string().openapi({ format: "date-time" }),
    expires_at: z.string().openapi({ format: "date-time" }),
  })
  .openapi("RotatedVaultKey");

export const updateVaultKeySchema = z
  .strictObject({
    daily_usd_cap: usd.openapi({ description: "The key's own cap in any 24 h; 0 = read-only" }),
  })
  .openapi("UpdateVaultKey");

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
    account: z.string(),
    role: z.string().nullable(),
    status: z.enum(["active", "paused", "revoked", "expired"]).openapi({
      description: "paused: by itself, or by a stop that covers all its calls",
    }),
    policy: policySchema,
    parent_id: z.string().nullable().openapi({
      description: "The key that made it with its own secret; null for one that an admin issued",
    }),
    labels: z.record(z.string(), z.string()),
    created_at: z.string(),
    expires_at: z.string(),
    revoked_at: z.string().nullable(),
    paused_at: z.string().nullable().openapi({ description: "Of a pause of this key alone" }),
    spent: z.number().openapi({ description: "US dollars posted in the last 24 h" }),
    held: z.number().openapi({ description: "US dollars reserved: in flight, or of unknown outcome" }),
    remaining: z
      .number()
      .nullable()
      .openapi({ description: "US dollars still allowed; null without any cap" }),
    calls: z.number().openapi({ description: "Calls admitted" }),
  })
  .openapi("VaultKey");
