import { StripeError } from "./errors.ts";
import { permits, RESTRICTED_PERMISSIONS, type RestrictedPermission } from "./permissions.ts";

/** A key that was accepted. */
export interface ApiKey {
  readonly secret: string;
  /** Idempotency keys of the two modes do not meet. */
  readonly mode: "test" | "live";
  /** Null: everything is permitted. */
  readonly permissions: ReadonlySet<string> | null;
  /** Tagged as an agent's: Stripe's approval rules apply to it. */
  readonly isAgent: boolean;
}

export interface KeyRing {
  /** Accepted secret keys; null: every `sk_test_…`. */
  readonly secretKeys: ReadonlySet<string> | null;
  readonly restrictedKeys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Keys tagged as an agent's; null: all. */
  readonly agentKeys: ReadonlySet<string> | null;
}

/** Checks the keys of the options; throws on a permission that does not exist, so that a typo is not a denial. */
export function createKeyRing(options: {
  readonly secretKeys?: readonly string[] | undefined;
  readonly restrictedKeys?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly agentKeys?: readonly string[] | undefined;
}): KeyRing {
  const restrictedKeys = new Map<string, ReadonlySet<string>>();
  for (const [key, permissions] of Object.entries(options.restrictedKeys ?? {})) {
    if (!key.startsWith("rk_")) throw new Error("a restricted key must start with rk_");
    const unknown = permissions.find((name) => !RESTRICTED_PERMISSIONS.some((known) => known === name));
    if (unknown !== undefined) throw new Error(`unknown restricted-key permission: ${unknown}`);
    restrictedKeys.set(key, new Set(permissions));
  }
  return {
    secretKeys: options.secretKeys === undefined ? null : new Set(options.secretKeys),
    restrictedKeys,
    agentKeys: options.agentKeys === undefined ? null : new Set(options.agentKeys),
  };
}

const NO_KEY =
  "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.";

function unauthorized(message: string): StripeError {
  return new StripeError(
    401,
    { type: "invalid_request_error", message },
    { "www-authenticate": 'Basic realm="Stripe"' },
  );
}

/** The key of `Bearer <key>` or of `Basic <key>:`, as curl -u sends it; undefined when there is none. */
function readKey(authorization: string | undefined): string | undefined {
  const [, scheme, credential] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? "") ?? [];
  if (scheme === undefined || credential === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return credential;
  const [user] = Buffer.from(credential, "base64").toString("utf8").split(":", 1);
  return user === "" ? undefined : user;
}

/** `sk_test_********1234`, as Stripe's messages show a key. */
export function maskKey(key: string): string {
  return key.length <= 12 ? "*".repeat(key.length) : `${key.slice(0, 8)}********${key.slice(-4)}`;
}

/** The key of a request; throws Stripe's 401 for a missing or unknown one. */
export function authenticate(ring: KeyRing, authorization: string | undefined): ApiKey {
  const secret = readKey(authorization);
  if (secret === undefined) throw unauthorized(NO_KEY);
  const permissions = ring.restrictedKeys.get(secret);
  const known =
    permissions !== undefined ||
    (ring.secretKeys === null ? /^sk_test_\w+$/.test(secret) : ring.secretKeys.has(secret));
  if (!known) throw unauthorized(`Invalid API Key provided: ${maskKey(secret)}`);
  return {
    secret,
    mode: /^[rs]k_live_/.test(secret) ? "live" : "test",
    permissions: permissions ?? null,
    isAgent: ring.agentKeys?.has(secret) ?? true,
  };
}

/** Stripe's 403 for an account that the key cannot act for. */
export function accountInvalid(key: ApiKey, accountId: string): StripeError {
  return new StripeError(403, {
    type: "invalid_request_error",
    code: "account_invalid",
    message: `The provided key '${maskKey(key.secret)}' does not have access to account '${accountId}' (or that account does not exist). Application access may have been revoked.`,
  });
}

/** Throws Stripe's 403 when a restricted key may not do this. */
export function authorize(key: ApiKey, needed: RestrictedPermission): void {
  if (key.permissions === null || permits(key.permissions, needed)) return;
  throw new StripeError(403, {
    type: "invalid_request_error",
    message: `The provided key '${maskKey(key.secret)}' does not have the required permissions for this endpoint on account 'acct_1KeybrakeEmulator'. Having the '${needed}' permission would allow this request to continue.`,
  });
}
