import { createRoute, z } from "@hono/zod-openapi";
import type { Ledger } from "@keybrake/ledger";
import { deadlineTime, type Environment } from "../environment.ts";
import { makeVaultKeyId } from "../identifiers.ts";
import { type Policy, parsePolicy } from "../policy.ts";
import { toMicros } from "../usd.ts";
import { hashVaultKey, makeVaultKeySecret } from "../vault-key.ts";
import { checkCeiling } from "./ceiling.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { type AdminVariables, takeIssue } from "./gate.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { withRole } from "./roles.ts";
import { listOf, pageQuerySchema } from "./schemas.ts";
import { describePolicy, describeVaultKey, newVaultKey } from "./vault-key-policy.ts";
import {
  createVaultKeySchema,
  issuedVaultKeySchema,
  updateVaultKeySchema,
  vaultKeySchema,
} from "./vault-key-schemas.ts";

export const idParams = z.object({ id: z.string().max(100) });

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

const update = createRoute({
  method: "patch",
  path: "/admin/vault-keys/{id}",
  summary: "Change a key's own cap; the next call obeys it, and what was spent stays",
  request: { params: idParams, body: jsonBody(updateVaultKeySchema) },
  responses: { 200: json(vaultKeySchema, "The key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const revoke = createRoute({
  method: "post",
  path: "/admin/vault-keys/{id}/revoke",
  summary: "Cut a key off: every call after the answer is refused",
  request: { params: idParams },
  responses: { 200: json(vaultKeySchema, "The revoked key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

export const NO_KEY = adminError("not_found", "There is no vault key with this id.", "id");

/** Throws `not_found`. */
export async function showVaultKey(ledger: Ledger<Policy>, environment: Environment, id: string) {
  const key = await ledger.getVaultKey(id, environment.clock());
  if (key === null) throw NO_KEY;
  return describeVaultKey(key, deadlineTime(environment));
}

export function addVaultKeyRoutes(
  app: AdminApp,
  { ledger, environment, accounts, roles, log }: AdminDependencies,
): void {
  const show = (id: string) => showVaultKey(ledger, environment, id);

  app.openapi(create, async (context) => {
    const request = withRole(context.req.valid("json"), await context.req.json(), roles);
    const account = accounts.byVendor.get(request.vendor);
    if (account === undefined) {
      const held = [...accounts.byVendor.keys()].join(", ");
      const message = `This proxy holds no credential of '${request.vendor}'. It holds: ${held}.`;
      throw adminError("request_invalid", message, "vendor");
    }
    if (account.name !== request.account) {
      const message = `This proxy has no account '${request.account}' of '${request.vendor}'. It has: ${account.name}.`;
      throw adminError("request_invalid", message, "account");
    }
    const { vendor, mode } = account;
    const now = deadlineTime(environment);
    const secret = makeVaultKeySecret(request.simulate ? "sim" : mode, environment.random);
    const id = makeVaultKeyId(now, environment.random);
    const key = newVaultKey(request, { id, hash: hashVaultKey(secret), now, vendor });
    const { admin, actionId } = context.var as AdminVariables;
    checkCeiling(admin, key, vendor);
    await takeIssue({ ledger, environment }, { admin, actionId });
    if ((await ledger.createVaultKey(key)) === "budget_not_found") {
      const named = key.budgets.map((budget) => `'${budget}'`).join(", ");
      const message = `${key.budgets.length === 1 ? "There is no budget" : "There are not all budgets of"} ${named}. Create it first: \`keybrake budgets create\`, or POST /admin/budgets.`;
      throw adminError("budget_not_found", message, request.budget === undefined ? "budgets" : "budget");
    }
    log.info({ vault_key_id: id, role: key.role }, "vault key issued");
    const issued = {
      id,
      vault_key: secret,
      name: key.name,
      role: key.role,
      policy: describePolicy(key, parsePolicy(key.policy)),
      expires_at: new Date(key.expiresAt).toISOString(),
    };
    return context.json(issued, 201, { "cache-control": "no-store" });
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid("query");
    const page = await ledger.listVaultKeys({ limit, cursor }, environment.clock());
    const now = deadlineTime(environment);
    const data = page.data.map((key) => describeVaultKey(key, now));
    return context.json({ data, next_cursor: page.nextCursor }, 200);
  });

  app.openapi(retrieve, async (context) => context.json(await show(context.req.valid("param").id), 200));

  app.openapi(update, async (context) => {
    const { id } = context.req.valid("param");
    const { daily_usd_cap } = context.req.valid("json");
    const changed = await ledger.updateVaultKey(id, toMicros(daily_usd_cap), environment.clock());
    if (changed === null) throw NO_KEY;
    log.info({ vault_key_id: id, daily_usd_cap }, "vault key's cap changed");
    return context.json(describeVaultKey(changed, deadlineTime(environment)), 200);
  });

  app.openapi(revoke, async (context) => {
    const { id } = context.req.valid("param");
    await ledger.revokeVaultKey(id, environment.clock());
    const revoked = await show(id);
    log.info({ vault_key_id: id }, "vault key revoked");
    return context.json(revoked, 200);
  });
}
