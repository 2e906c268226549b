import { createRoute, z } from "@hono/zod-openapi";
import { makeVaultKeyId } from "../identifiers.ts";
import { hashVaultKey, makeVaultKeySecret } from "../vault-key.ts";
import type { AdminApp, AdminDependencies } from "./admin-app.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import {
  createVaultKeySchema,
  issuedVaultKeySchema,
  listOf,
  pageQuerySchema,
  vaultKeySchema,
} from "./schemas.ts";
import { describePolicy, describeVaultKey, newVaultKey } from "./vault-key-policy.ts";

const idParams = z.object({ id: z.string().max(100) });

const create = createRoute({
  method: "post",
  path: "/admin/vault-keys",
  summary: "Issue a vault key; it is shown this once",
  request: { body: jsonBody(createVaultKeySchema) },
  responses: { 201: json(issuedVaultKeySchema, "The key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const list = createRoute({
  method: "get",
  path: "/admin/vault-keys",
  summary: "Vault keys, newest first",
  request: { query: pageQuerySchema },
  responses: { 200: json(listOf(vaultKeySchema), "A page of keys"), ...COMMON_ERRORS },
});

const retrieve = createRoute({
  method: "get",
  path: "/admin/vault-keys/{id}",
  summary: "One vault key with what it has spent, holds and may still spend",
  request: { params: idParams },
  responses: { 200: json(vaultKeySchema, "The key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const revoke = createRoute({
  method: "post",
  path: "/admin/vault-keys/{id}/revoke",
  summary: "Cut a key off: every call after the answer is refused",
  request: { params: idParams },
  responses: { 200: json(vaultKeySchema, "The revoked key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

export function addVaultKeyRoutes(
  app: AdminApp,
  { ledger, environment, mode, log }: AdminDependencies,
): void {
  async function show(id: string) {
    const now = environment.clock();
    const key = await ledger.getVaultKey(id, now);
    if (key === null) throw adminError("not_found", "There is no vault key with this id.", "id");
    return describeVaultKey(key, now);
  }

  app.openapi(create, async (context) => {
    const request = context.req.valid("json");
    const now = environment.clock();
    const secret = makeVaultKeySecret(request.simulate ? "sim" : mode, environment.random);
    const id = makeVaultKeyId(now, environment.random);
    const key = newVaultKey(request, { id, hash: hashVaultKey(secret), now });
    if ((await ledger.createVaultKey(key)) === "budget_not_found") {
      const message = `There is no budget '${request.budget}'. Create it first: \`keybrake budgets create\`, or POST /admin/budgets.`;
      throw adminError("budget_not_found", message, "budget");
    }
    log.info({ vault_key_id: id, role: key.role }, "vault key issued");
    const issued = {
      id,
      vault_key: secret,
      name: key.name,
      role: key.role,
      policy: describePolicy(key),
      expires_at: new Date(key.expiresAt).toISOString(),
    };
    return context.json(issued, 201, { "cache-control": "no-store" });
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid("query");
    const now = environment.clock();
    const page = await ledger.listVaultKeys({ limit, cursor }, now);
    const data = page.data.map((key) => describeVaultKey(key, now));
    return context.json({ data, next_cursor: page.nextCursor }, 200);
  });

  app.openapi(retrieve, async (context) => context.json(await show(context.req.valid("param").id), 200));

  app.openapi(revoke, async (context) => {
    const { id } = context.req.valid("param");
    await ledger.revokeVaultKey(id, environment.clock());
    const revoked = await show(id);
    log.info({ vault_key_id: id }, "vault key revoked");
    return context.json(revoked, 200);
  });
}
