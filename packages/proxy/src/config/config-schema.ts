import { z } from "@hono/zod-openapi";
import { ROLE_NAMES } from "@keybrake/core";
import { createAlertTargetSchema } from "../admin/alert-schemas.ts";
import { createBudgetSchema } from "../admin/budget-schemas.ts";
import { budgetName, roleName } from "../admin/schemas.ts";
import { createVaultKeySchema } from "../admin/vault-key-schemas.ts";
import { LIMITS } from "../limits.ts";

/** Where a secret is: in a variable or in a file, whose path is taken from where `keybrake.yaml` is. */
export const secretSchema = z
  .strictObject({
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of a variable, such as STRIPE_SECRET_KEY")
      .optional()
      .describe("The name of the environment variable that holds it"),
    file: z.string().min(1).optional().describe("The file that holds it, and nothing else"),
  })
  .refine(
    ({ env, file }) => (env === undefined) !== (file === undefined),
    "give env or file, one of the two",
  );

export type SecretPlace = z.infer<typeof secretSchema>;

/** The settings of `keybrake serve`: each flag that is one, with _ for -. What they may say, the command checks. */
const serveSchema = z.strictObject({
  port: z.int().min(0).max(65_535).optional().describe("Port to listen on; 0 takes a free one"),
  host: z.string().optional().describe("Address to listen on"),
  allowed_hosts: z
    .array(z.string())
    .optional()
    .describe("Further names under which MCP clients and browsers reach the proxy"),
  store: z
    .string()
    .optional()
    .describe(
      "sqlite:<file> or a path; the URL of a database has a password, and so belongs in KEYBRAKE_STORE",
    ),
  stripe_url: z.string().optional().describe("Where calls are forwarded; https://api.stripe.com unless told"),
  public_url: z.string().optional().describe("Where people reach this proxy: alerts of approvals link there"),
  drain_notice: z
    .int()
    .min(0)
    .max(600)
    .optional()
    .describe("Seconds after SIGTERM in which calls are answered and /readyz says 503"),
  drain_timeout: z.int().min(0).max(600).optional().describe("Seconds in which calls under way may end"),
  keep_days: z
    .int()
    .min(2)
    .optional()
    .describe("Remove older audit rows that moved nothing; kept unless told"),
  log_level: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .optional()
    .describe("Of the JSON lines on stderr"),
  alerts_allow_private: z
    .boolean()
    .optional()
    .describe("Alerts may go to private addresses, and to those without encryption"),
});

const NAMES_A_KEY = { name: true, vendor: true, account: true, role: true } as const;

/** All that a request for a key may say, but for what names the one key. */
export const roleSchema = createVaultKeySchema
  .omit(NAMES_A_KEY)
  .partial()
  .extend({
    role: z
      .enum(ROLE_NAMES as [string, ...string[]])
      .optional()
      .describe("A built-in role whose operations it has, unless it lists allowed_operations"),
  });

const { name: _, ...budgetShape } = createBudgetSchema.shape;

const budgetSchema = z
  .strictObject(budgetShape)
  .refine(
    ({ daily_usd_cap, usd_cap, window }) =>
      daily_usd_cap === undefined
        ? usd_cap !== undefined && window !== undefined
        : usd_cap === undefined && window === undefined,
    "give daily_usd_cap, or usd_cap with window",
  );

const targetSchema = z
  .strictObject({
    kind: createAlertTargetSchema.shape.kind,
    url: secretSchema.describe(
      "Where it is told, https: some addresses are secrets, so they stand elsewhere",
    ),
    signing_secret: secretSchema
      .optional()
      .describe("Of a webhook: what it is signed with, whsec_ and base64 (standardwebhooks.com)"),
    types: createAlertTargetSchema.shape.types.describe("What it is told of; everything unless told"),
  })
  .refine(
    ({ kind, signing_secret }) => (kind === "slack") === (signing_secret === undefined),
    "a webhook has a signing_secret, and Slack has none",
  );

const targetName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "small letters, digits, - and _");

/** `keybrake.yaml`. Money is US dollars, as in the admin API, and fields are spelt as there. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("For editors alone"),
  serve: serveSchema.optional().describe("Settings of `keybrake serve`; flags and variables stand over them"),
  accounts: z
    .strictObject({
      default: z
        .strictObject({
          vendor: z.literal("stripe").describe("Whose API it is"),
          credential: secretSchema.describe("The restricted key that calls are forwarded with"),
        })
        .describe("The one account, by its name"),
    })
    .optional()
    .describe("Named credentials of vendors: today Stripe's alone, named default"),
  secrets: z
    .strictObject({
      admin_key: secretSchema.optional().describe("Instead of KEYBRAKE_ADMIN_KEY"),
      master_key: secretSchema.optional().describe("Instead of KEYBRAKE_MASTER_KEY"),
      metrics_key: secretSchema.optional().describe("Instead of KEYBRAKE_METRICS_KEY"),
      slack_signing_secret: secretSchema.optional().describe("Instead of KEYBRAKE_SLACK_SIGNING_SECRET"),
    })
    .optional()
    .describe("Where the proxy's own secrets are; variables stand over them"),
  rates: z
    .record(z.string(), z.string('write it in quotes, such as "1.0850", so that it is exact'))
    .optional()
    .describe('US dollars for one unit of a currency, as decimals in quotes, such as eur: "1.0850"'),
  budgets: z
    .record(budgetName, budgetSchema)
    .optional()
    .describe("Shared budgets, made at start; a cap that changes here is changed at the next start"),
  roles: z
    .record(roleName, roleSchema)
    .optional()
    .describe(
      "Named policies: a key with such a role has all that stands here and that its request does not say",
    ),
  alerts: z
    .strictObject({
      budget_percents: z
        .array(z.int().min(1).max(100))
        .min(1)
        .max(10)
        .optional()
        .describe("Which parts of a budget's cap are told of when they are used; 50, 80 and 100 unless told"),
      targets: z.record(targetName, targetSchema).optional().describe("Who is told, by name"),
    })
    .optional()
    .describe("Who is told of what happens"),
});

export type Config = z.input<typeof configSchema>;

if (LIMITS.configDepth < 6) throw new Error("limits: keybrake.yaml nests deeper than is read");
