import { KeybrakeError } from "../errors.ts";

/** RFC 6750 section 2.1: what a bearer token may consist of. Safe in a header and inside JSON. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Wider than the forms of today's keys (../secrets.ts): no key of Stripe's may come near an agent. */
const STRIPE_KEY = /^\s*(?:bearer\s+)?(?:sk|rk)_/i;

/**
 * Checks a vault key before anything is built from it. Throws `raw_stripe_key` for a key of Stripe's own,
 * which must never come near an agent, and `invalid_options` for what no bearer token can be. The error
 * never holds the key.
 */
export function checkVaultKey(vaultKeySecret: unknown, options: { readonly required: boolean }): string {
  if (typeof vaultKeySecret === "string" && STRIPE_KEY.test(vaultKeySecret)) {
    throw new KeybrakeError({
      code: "raw_stripe_key",
      message:
        "This is a Stripe API key (sk_… or rk_…), not a vault key. Agents never get a Stripe key: give it to the proxy (STRIPE_SECRET_KEY), issue a vault key with `keybrake keys create`, and pass that.",
    });
  }
  if (!options.required) return typeof vaultKeySecret === "string" ? vaultKeySecret : "";
  return checkBearer(vaultKeySecret, "vaultKey");
}

/** Throws `invalid_options` unless it can stand in an Authorization header. Never prints it. */
export function checkBearer(key: unknown, name: string): string {
  if (typeof key === "string" && key.length <= 512 && BEARER_TOKEN.test(key)) return key;
  const problem = key === undefined || key === "" ? "is missing" : "is not a key";
  throw new KeybrakeError({ code: "invalid_options", message: `The option ${name} ${problem}.` });
}

/** The value as plain JSON, with every occurrence of the secret masked. */
export function scrub<T>(value: T, secret: string): T {
  const text = JSON.stringify(value);
  return JSON.parse(secret === "" ? text : text.replaceAll(secret, "[vault key]")) as T;
}
