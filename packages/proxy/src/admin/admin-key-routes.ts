import { createRoute, z } from "@hono/zod-openapi";
import type { AdminAction, AdminKey } from "@keybrake/ledger";
import { deadlineTime } from "../environment.ts";
import { makeAdminKeyId } from "../identifiers.ts";
import {
  actionSchema,
  actionsQuerySchema,
  adminKeySchema,
  createAdminKeySchema,
  issuedAdminKeySchema,
} from "./admin-key-schemas.ts";
import { ceilingKey } from "./ceiling.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { withRole } from "./roles.ts";
import { listOf } from "./schemas.ts";
import { hashAdminKey, makeAdminKeySecret } from "./who.ts";

const create = createRoute({
  method: "post",
  path: "/admin/admin-keys",
  summary: "An admin key of a scope; it is shown this once",
  description:
    "operator: stops, pauses, revokes, approves, sets budgets, reads; issuer: makes keys under its ceiling, so many an hour, and ends or rotates its own; auditor: reads; admin: everything.",
  request: { body: jsonBody(createAdminKeySchema) },
  responses: { 201: json(issuedAdminKeySchema, "The admin key"), ...COMMON_ERRORS },
});

const list = createRoute({
  method: "get",
  path: "/admin/admin-keys",
  summary: "Admin keys, newest first; the key that the proxy was started with is not among them",
  responses: { 200: json(z.object({ data: z.array(adminKeySchema) }), "All of them"), ...COMMON_ERRORS },
});

const revoke = createRoute({
  method: "post",
  path: "/admin/admin-keys/{id}/revoke",
  summary:
    "Cut an admin key off: every request after the answer is refused; the vault keys that it issued stay",
  request: { params: z.object({ id: z.string().max(100) }) },
  responses: { 200: json(adminKeySchema, "The revoked key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const actions = createRoute({
  method: "get",
  path: "/admin/actions",
  summary: "What admins have done, newest first: who, what, to what, and how it ended",
  request: { query: actionsQuerySchema },
  responses: { 200: json(listOf(actionSchema), "A page of actions"), ...COMMON_ERRORS },
});

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function describe(key: AdminKey, now: number): z.infer<typeof adminKeySchema> {
  const isOver = key.expiresAt !== null && now >= key.expiresAt;
  return {
    id: key.id,
    name: key.name,
    scope: key.scope,
    status: key.revokedAt !== null ? "revoked" : isOver ? "expired" : "active",
    ceiling: key.ceiling === null ? null : JSON.parse(key.ceiling),
    keys_per_hour: key.keysPerHour,
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: iso(key.expiresAt),
    revoked_at: iso(key.revokedAt),
  };
}

function describeAction(row: AdminAction): z.infer<typeof actionSchema> {
  const { id, at, byId, byName, action, target, detail, status, code, remoteAddress } = row;
  return {
    ...{ id, at: new Date(at).toISOString(), by_id: byId, by_name: byName, action, target },
    ...{ detail: detail === null ? null : parsed(detail), status, code, remote_address: remoteAddress },
  };
}

/** What was cut is shown as it was kept. */
function parsed(detail: string): Record<string, unknown> {
  try {
    return JSON.parse(detail);
  } catch {
    return { cut: detail };
  }
}

export function addAdminKeyRoutes(
  app: AdminApp,
  { ledger, environment, accounts, roles }: AdminDependencies,
): void {
  const { admins } = ledger;

  app.openapi(create, async (context) => {
    const { name, scope, keys_per_hour = null, expires_in_seconds, ...rest } = context.req.valid("json");
    const asked = (await context.req.json()) as { readonly ceiling: object };
    // With what its role says now: a role that changes later gives its issuers no more.
    const ceiling = rest.ceiling === undefined ? undefined : withRole(rest.ceiling, asked.ceiling, roles);
    const now = deadlineTime(environment);
    if (ceiling !== undefined) {
      const account = accounts.byVendor.get(ceiling.vendor);
      if (account === undefined || account.name !== ceiling.account)
        throw adminError("request_invalid", "ceiling: this proxy has no such account.", "ceiling.account");
      ceilingKey(ceiling, account.vendor, now);
    }
    const secret = makeAdminKeySecret(environment.random);
    const key: AdminKey = {
      ...{ id: makeAdminKeyId(now, environment.random), hash: hashAdminKey(secret), name, scope },
      ceiling: ceiling === undefined ? null : JSON.stringify(ceiling),
      keysPerHour: keys_per_hour,
      ...{
        createdAt: now,
        expiresAt: expires_in_seconds === undefined ? null : now + expires_in_seconds * 1000,
      },
      revokedAt: null,
    };
    await admins.addKey(key);
    return context.json({ ...describe(key, now), admin_key: secret }, 201, { "cache-control": "no-store" });
  });

  app.openapi(list, async (context) => {
    const now = deadlineTime(environment);
    return context.json({ data: (await admins.listKeys()).map((key) => describe(key, now)) }, 200);
  });

  app.openapi(revoke, async (context) => {
    const { id } = context.req.valid("param");
    await admins.revokeKey(id, environment.clock());
    const key = (await admins.listKeys()).find((listed) => listed.id === id);
    if (key === undefined) throw adminError("not_found", "There is no admin key with this id.", "id");
    return context.json(describe(key, deadlineTime(environment)), 200);
  });

  app.openapi(actions, async (context) => {
    const { by: byId, action, target, from, to, limit, cursor } = context.req.valid("query");
    const filter = { byId, action, target, from, to };
    const below = cursor === undefined ? null : Number(cursor);
    const rows = await admins.listActions(filter, { below, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? shown.at(-1)?.sequence : undefined;
    return context.json(
      { data: shown.map(describeAction), next_cursor: next === undefined ? null : `${next}` },
      200,
    );
  });
}
