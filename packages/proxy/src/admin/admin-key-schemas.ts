import { z } from "@hono/zod-openapi";
import { name } from "./schemas.ts";
import { createVaultKeySchema } from "./vault-key-schemas.ts";

export const ADMIN_SCOPES = ["admin", "operator", "issuer", "auditor"] as const;

export const createAdminKeySchema = z
  .strictObject({
    name,
    scope: z.enum(ADMIN_SCOPES),
    ceiling: createVaultKeySchema.optional().openapi({
      description:
        "Of an issuer: a request for a key such as may be issued at most. Each key that it makes can do no more",
    }),
    keys_per_hour: z.int().min(1).max(1_000_000).optional().openapi({
      description: "Of an issuer: how many keys it may make in any hour",
    }),
    expires_in_seconds: z
      .int()
      .min(1)
      .max(10 * 366 * 86_400)
      .optional()
      .openapi({ description: "Never unless told" }),
  })
  .refine(
    ({ scope, ceiling, keys_per_hour }) =>
      scope === "issuer"
        ? ceiling !== undefined && keys_per_hour !== undefined
        : ceiling === undefined && keys_per_hour === undefined,
    "an issuer, and nobody else, has a ceiling and keys_per_hour",
  )
  .openapi("CreateAdminKey");

export const adminKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scope: z.enum(ADMIN_SCOPES),
    status: z.enum(["active", "revoked", "expired"]),
    ceiling: z.record(z.string(), z.unknown()).nullable(),
    keys_per_hour: z.number().nullable(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    revoked_at: z.string().nullable(),
  })
  .openapi("AdminKey");

export const issuedAdminKeySchema = adminKeySchema
  .extend({ admin_key: z.string().openapi({ description: "Shown this once; only its hash is stored" }) })
  .openapi("IssuedAdminKey");

export const actionSchema = z
  .object({
    id: z.string(),
    at: z.string().openapi({ format: "date-time" }),
    by_id: z.string().openapi({
      description:
        "The admin key's id; `root` for the one that the proxy was started with; `oidc:` and the subject of a person who has signed in to the dashboard by OpenID",
    }),
    by_name: z.string(),
    action: z.string().openapi({ example: "vault-keys.revoke" }),
    target: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).nullable(),
    status: z
      .number()
      .nullable()
      .openapi({ description: "What was answered; null while it runs, or when the proxy died meanwhile" }),
    code: z.string().nullable(),
    remote_address: z.string(),
  })
  .openapi("AdminAction");

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();

export const actionsQuerySchema = z.strictObject({
  by: z
    .string()
    .max(300)
    .optional()
    .openapi({ description: "An admin key's id, `root`, or `oidc:` and a person's subject" }),
  action: z.string().max(200).optional(),
  target: z.string().max(200).optional(),
  from: time,
  to: time,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
});
