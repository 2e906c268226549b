import { createRoute } from "@hono/zod-openapi";
import { deadlineTime } from "../environment.ts";
import { hashVaultKey, makeVaultKeySecret } from "../vault-key.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { errorSchema } from "./schemas.ts";
import { idParams, NO_KEY, showVaultKey } from "./vault-key-routes.ts";
import { rotatedVaultKeySchema, rotateVaultKeySchema, vaultKeySchema } from "./vault-key-schemas.ts";

const pause = createRoute({
  method: "post",
  path: "/admin/vault-keys/{id}/pause",
  summary: "Refuse every call of a key after the answer, until it is resumed",
  request: { params: idParams },
  responses: { 200: json(vaultKeySchema, "The paused key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const resume = createRoute({
  method: "post",
  path: "/admin/vault-keys/{id}/resume",
  summary: "End a pause of this key; a stop that covers it stands",
  request: { params: idParams },
  responses: { 200: json(vaultKeySchema, "The key"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const rotate = createRoute({
  method: "post",
  path: "/admin/vault-keys/{id}/rotate",
  summary: "Give a key another secret, shown this once; its id, policy and what it has spent stay",
  description: "Who comes with the secret before is refused from the answer on, or after the overlap.",
  request: { params: idParams, body: jsonBody(rotateVaultKeySchema) },
  responses: {
    200: json(rotatedVaultKeySchema, "The new secret"),
    409: json(errorSchema, "The key is revoked or expired"),
    ...COMMON_ERRORS,
    ...NOT_FOUND,
  },
});

export function addVaultKeyHaltRoutes(
  app: AdminApp,
  { ledger, environment, accounts, log }: AdminDependencies,
): void {
  app.openapi(pause, async (context) => {
    const { id } = context.req.valid("param");
    await ledger.pauseVaultKey(id, environment.clock());
    const paused = await showVaultKey(ledger, environment, id);
    log.info({ vault_key_id: id }, "vault key paused");
    return context.json(paused, 200);
  });

  app.openapi(resume, async (context) => {
    const { id } = context.req.valid("param");
    await ledger.resumeVaultKey(id);
    const resumed = await showVaultKey(ledger, environment, id);
    log.info({ vault_key_id: id }, "vault key resumed");
    return context.json(resumed, 200);
  });

  app.openapi(rotate, async (context) => {
    const { id } = context.req.valid("param");
    const { overlap_seconds: overlap } = context.req.valid("json");
    const key = await ledger.getVaultKey(id, environment.clock());
    if (key === null) throw NO_KEY;
    const account = accounts.byVendor.get(key.vendor);
    if (account === undefined) {
      throw adminError("request_invalid", `This proxy holds no credential of '${key.vendor}'.`, "id");
    }
    const secret = makeVaultKeySecret(key.simulate ? "sim" : account.mode, environment.random);
    const previousEndsAt = deadlineTime(environment) + overlap * 1000;
    const rotated = await ledger.rotateVaultKey(id, { hash: hashVaultKey(secret), previousEndsAt });
    if (rotated === null) throw NO_KEY;
    if (rotated === "ended") {
      throw adminError("vault_key_ended", "The key is revoked or expired: issue another one.", "id");
    }
    log.info({ vault_key_id: id, overlap_seconds: overlap }, "vault key rotated");
    const answer = {
      id,
      vault_key: secret,
      name: key.name,
      previous_ends_at: new Date(previousEndsAt).toISOString(),
      expires_at: new Date(key.expiresAt).toISOString(),
    };
    return context.json(answer, 200, { "cache-control": "no-store" });
  });
}
