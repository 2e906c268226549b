import { z } from "@hono/zod-openapi";
import { ROLE_NAMES } from "@keybrake/core";
import { BUDGETS_PER_KEY_MAX, DELEGATED_KEYS_MAX, DELEGATION_DEPTH_MAX } from "@keybrake/ledger";
import { DEFAULT_ACCOUNT } from "../accounts.ts";
import { LIMITS } from "../limits.ts";
import { parseWindow } from "../window.ts";
import { approvalPolicySchema, shownApprovalPolicySchema } from "./approval-schemas.ts";
import { budgetName, labels, name, usd } from "./schemas.ts";

const actWindow = z
  .string()
  .refine((text) => typeof parseWindow(text) === "number", "write it like 90m, 24h or 7d")
  .openapi({ description: "How long the same act is the same one", example: "24h" });

/** As a header may say it. */
const boundTo = z
  .string()
  .min(1)
  .max(LIMITS.agentHeaderLength)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, "printable ASCII, as a header may hold");

const bind = z
  .strictObject({
    run_id: boundTo.optional().openapi({ description: "Calls of any other run, or of none, are refused" }),
    conversation_id: boundTo
      .optional()
      .openapi({ description: "Calls of any other conversation, or of none, are refused" }),
  })
  .refine((bound) => Object.values(bound).some((id) => id !== undefined), "name a run or a conversation");

const mayDelegate = z.strictObject({
  keys: z
    .int()
    .min(1)
    .max(DELEGATED_KEYS_MAX)
    .default(100)
    .openapi({ description: "So many keys may come of it in its life" }),
  depth: z
    .int()
    .min(1)
    .max(DELEGATION_DEPTH_MAX)
    .default(1)
    .openapi({ description: "Keys of keys, so many steps below it" }),
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
    role: z
      .enum(ROLE_NAMES as [string, ...string[]])
      .optional()
      .openapi({
        description: "Allows what the tools of the role need, unless allowed_operations says otherwise",
      }),
    daily_usd_cap: usd.optional().openapi({ description: "Rolling 24 h cap in US dollars; 0 = read-only" }),
    allowed_operations: z
      .array(z.string().min(1).max(120))
      .min(1)
      .max(200)
      .optional()
      .openapi({
        description:
          "Operations, globs over a resource, `reads`, `free` (writes that are so by their class), or `*` alone",
        example: ["charges.create", "customers.*"],
      }),
    expires_in_seconds: z
      .int()
      .min(1)
      .max(366 * 86_400)
      .default(86_400)
      .openapi({ description: "After so many seconds every call of the key is refused" }),
    max_usd_per_call: usd
      .optional()
      .openapi({ description: "One call that costs more US dollars is refused" }),
    currencies: z
      .array(z.string().regex(/^[A-Za-z]{3}$/))
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: "Calls that name another currency are refused", example: ["usd", "eur"] }),
    customers: z
      .array(z.string().min(1).max(120))
      .min(1)
      .max(10_000)
      .optional()
      .openapi({ description: "Calls about anybody else, or about nobody in particular, are refused" }),
    stripe_accounts: z.array(z.string().min(1).max(120)).max(1000).optional().openapi({
      description:
        "Other accounts that calls may act for, by a header, or name in parameters; none unless listed",
    }),
    max_calls: z.int().min(1).max(1_000_000_000).optional().openapi({
      description: "So many calls are admitted in the key's life; replays and refusals do not count",
    }),
    rate_per_minute: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .openapi({ description: "So many calls are admitted in any 60 seconds, replays among them" }),
    budget: budgetName.optional().openapi({ description: "One shared budget: short for budgets with one" }),
    budgets: z
      .array(budgetName)
      .min(1)
      .max(BUDGETS_PER_KEY_MAX)
      .optional()
      .openapi({ description: "Shared budgets, charged together with the key's own, their parents too" }),
    simulate: z
      .boolean()
      .default(false)
      .openapi({ description: "Policy and cap as usual; the vendor is never called" }),
    assume_usd: z
      .record(z.string().min(1).max(120), usd)
      .optional()
      .openapi({
        description:
          "What a call of an operation counts when no figure can be told, by operation; 0 too. What is not here is refused",
        example: { "billingPortal.sessions.create": 0 },
      }),
    allow_raw_cards: z
      .boolean()
      .default(false)
      .openapi({ description: "Calls may hold numbers and codes of cards; better send tokens" }),
    unpaid_intents: z.enum(["window", "hold"]).default("window").openapi({
      description:
        "What an unpaid payment intent counts: for the window in which it was made, or until it is paid or cancelled",
    }),
    dedupe: z.enum(["auto", "act", "key"]).default("auto").openapi({
      description:
        "auto: a write is done once for each Idempotency-Key that the caller chose, else once for each business act; act: once for each act, whatever key comes; key: once for each key, and refused without one",
    }),
    act_window: actWindow.default("24h"),
    act_includes: z
      .array(
        z
          .string()
          .max(100)
          .regex(/^[a-z0-9_]+(?:\[[^[\]]+\])*$/),
      )
      .max(20)
      .default([])
      .openapi({
        description: "Parameters that tell two acts apart beside those that always do",
        example: ["description", "metadata[order_id]"],
      }),
    enforcement: z.enum(["enforce", "observe"]).default("enforce").openapi({
      description: "observe: what the policy speaks against is forwarded, and its row says so (would_code)",
    }),
    cap_status: z
      .union([z.literal(429), z.literal(402)])
      .default(429)
      .openapi({
        description: "The HTTP status of a call that its cap refuses: clients retry 429, and not 402",
      }),
    approval: approvalPolicySchema.optional().openapi({
      description: "When a person must agree before a write is sent; nobody is asked unless told",
    }),
    bind: bind.optional().openapi({
      description: "The run or the conversation of which every call must say that it is, in its headers",
    }),
    may_delegate: mayDelegate.optional().openapi({
      description:
        "The key may make keys of its own at /vault-keys, which can do no more, spend what it may, and end with it",
    }),
    labels: labels.default({}).openapi({
      description: "Every row of the key's calls shows them, and the audit log and stops find calls by them",
    }),
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
    parent_id: z.string().nullable().openapi({ description: "The key that made it with its own secret" }),
    status: z.enum(["active", "paused", "revoked", "expired"]).openapi({
      description: "paused: by itself, or by a stop that covers all its calls",
    }),
    policy: policySchema,
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
