import type { IncomingMessage } from "node:http";
import type { DelegationRefusal, VaultKey } from "@keybrake/ledger";
import { HTTPException } from "hono/http-exception";
import { actionOf, detailOf } from "../admin/actions.ts";
import { type AdminErrorCode, adminError, adminErrorBody } from "../admin/errors.ts";
import { describePolicy } from "../admin/vault-key-policy.ts";
import { callRefusal, identifyKey } from "../call/authenticate.ts";
import type { CallDependencies } from "../call/call.ts";
import { KEY_ENDS, refusedTooOften, TOO_MANY_INVALID_KEYS, UNKNOWN_KEY } from "../call/key-messages.ts";
import { deadlineTime } from "../environment.ts";
import { makeActionId, makeVaultKeyId } from "../identifiers.ts";
import { type Policy, parsePolicy } from "../policy.ts";
import { type Answer, BODY_TOO_LARGE, errorAnswer, type Refusal } from "../refusal.ts";
import { hashVaultKey, makeVaultKeySecret } from "../vault-key.ts";
import { delegatedKey } from "./delegated-key.ts";

/** Answers one request of a key for keys of its own. Rejects only when the store fails. */
export async function delegate(
  deps: CallDependencies,
  request: IncomingMessage,
  readBody: () => Promise<string | null>,
): Promise<Answer> {
  const key = await identifyKey(deps, request.headers);
  if (key === null) return unknown(deps, request);
  const { shares } = deps;
  const refused = callRefusal(key, request.headers, deadlineTime(deps.environment));
  if (refused !== null) return errorAnswer(refused, null);
  if (!shares.takeCall(key.id))
    return errorAnswer(refusedTooOften(key.name, shares.secondsUntilCall(key.id)), null);
  const answer = await noted(deps, key, request, await readBody());
  if (answer.status >= 400) shares.noteRefusal(key.id);
  return answer;
}

function unknown(deps: CallDependencies, { socket }: IncomingMessage): Answer {
  const floods = deps.unauthenticated.exceeded(socket.remoteAddress ?? "unknown", deps.environment.clock());
  const refusal: Refusal = floods
    ? { ...TOO_MANY_INVALID_KEYS, retryAfterSeconds: deps.shares.secondsLeft() }
    : UNKNOWN_KEY;
  return errorAnswer(refusal, null);
}

/** With a row among the actions before it is done, and how it ended before it is answered. */
async function noted(
  deps: CallDependencies,
  key: VaultKey<Policy>,
  request: IncomingMessage,
  body: string | null,
): Promise<Answer> {
  if (body === null) return errorAnswer(BODY_TOO_LARGE, null);
  const { admins } = deps.ledger;
  const { method = "GET", url = "/" } = request;
  const path = url.split("?", 1)[0] ?? "/";
  const asked = actionOf(method, `/admin${path}`);
  const at = deps.environment.clock();
  const id = makeActionId(at, deps.environment.random);
  const action = `delegated-${asked?.action ?? "vault-keys.read"}`;
  const target = asked?.target ?? null;
  const by = { byId: key.id, byName: key.name, remoteAddress: request.socket.remoteAddress ?? "unknown" };
  await admins.beginAction({ id, at, ...by, action, target, detail: detailOf(json(body)) });
  const { status, shown, made } = await carryOut(deps, key, { method, path, body });
  const { error } = shown as { error?: { code?: string } };
  await admins.endAction(id, { target: target ?? made, status, code: error?.code ?? null });
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers, body: JSON.stringify(shown) };
}

interface Done {
  readonly status: number;
  readonly shown: object;
  readonly made: string | null;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

async function carryOut(deps: CallDependencies, key: VaultKey<Policy>, asked: Asked): Promise<Done> {
  try {
    const [, , id, verb, ...rest] = asked.path.split("/");
    if (asked.method === "POST" && id === undefined) return await make(deps, key, json(asked.body));
    if (asked.method === "POST" && id !== undefined && verb === "revoke" && rest.length === 0)
      return await revoke(deps, key, id);
    throw adminError(
      "not_found",
      "A key makes keys with POST /vault-keys, and ends them with POST /vault-keys/<id>/revoke.",
    );
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    const { code = "request_invalid", param } = (error.cause ?? {}) as {
      code?: AdminErrorCode;
      param?: string;
    };
    const shown = adminErrorBody(code, error.message, error.status, param);
    return { status: error.status, shown, made: null };
  }
}

async function make(deps: CallDependencies, parent: VaultKey<Policy>, asked: unknown): Promise<Done> {
  const { ledger, environment, accounts } = deps;
  const { may_delegate: may } = parent.policy;
  const account = accounts.byVendor.get(parent.vendor);
  if (may === null || account === undefined)
    throw adminError(
      "delegation_not_allowed",
      `The vault key '${parent.name}' may make no keys (may_delegate).`,
    );
  if (typeof asked !== "object" || asked === null || Array.isArray(asked))
    throw adminError("request_invalid", "The body is not a JSON object.");
  const now = deadlineTime(environment);
  const secret = makeVaultKeySecret(parent.simulate ? "sim" : account.mode, environment.random);
  const id = makeVaultKeyId(now, environment.random);
  const key = delegatedKey(parent, asked, { id, hash: hashVaultKey(secret), now, vendor: account.vendor });
  const caller = { vaultKeyId: parent.id, role: parent.role, labels: parent.labels, agent: null };
  const user = { facts: caller, keyHash: parent.hash };
  const made = await ledger.delegateVaultKey({ key, user, keysMax: may.keys, deadlineTime: now });
  if (made !== "created") return refusedBy(made);
  const policy = describePolicy(key, parsePolicy(key.policy));
  const expires_at = new Date(key.expiresAt).toISOString();
  return {
    status: 201,
    made: id,
    shown: { id, vault_key: secret, name: key.name, role: key.role, policy, expires_at },
  };
}

function refusedBy(refusal: DelegationRefusal): Done {
  switch (refusal) {
    case "too_many_keys":
      throw adminError("delegation_exhausted", "As many keys as may come of this one have been made.");
    case "too_deep":
      throw adminError("delegation_not_allowed", "No key is made so far from the first of its line.");
    case "expires_later":
      throw adminError(
        "wider_than_parent",
        "expires_in_seconds: longer than the key that makes it.",
        "expires_in_seconds",
      );
    default: {
      const { status, body } = errorAnswer(KEY_ENDS[refusal], null);
      return { status, shown: JSON.parse(body), made: null };
    }
  }
}

/** Its own keys alone, and those that come of them: of any other it is not told whether there is one. */
async function revoke(deps: CallDependencies, parent: VaultKey<Policy>, id: string): Promise<Done> {
  const { ledger, environment } = deps;
  let at = await ledger.getVaultKey(id, environment.clock());
  while (at !== null && at.parentId !== null && at.parentId !== parent.id)
    at = await ledger.getVaultKey(at.parentId, environment.clock());
  if (at === null || at.parentId === null)
    throw adminError("not_found", "This key has made no key with this id.", "id");
  await ledger.revokeVaultKey(id, environment.clock());
  return { status: 200, shown: { id, status: "revoked" }, made: id };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
