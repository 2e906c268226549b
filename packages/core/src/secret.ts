import { environmentVariable } from "./environment.ts";
import { KeybrakeError } from "./errors.ts";

/** RFC 6750 section 2.1: what a bearer token may consist of. Safe in a header and inside JSON. */
const BEARER_TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;
const STRIPE_KEY = /^\s*(?:bearer\s+)?(?:sk|rk)_/i;

/** True when a key of Stripe's or a vault key stands anywhere in the text. */
export function holdsKey(text: string): boolean {
  return /(?<![A-Za-z0-9])(?:sk|rk|vk)_(?:live|test|sim|org)_/i.test(text);
}

/**
 * Checks a vault key before anything is built from it. Throws `raw_stripe_key` for a key of Stripe's own,
 * which must never come near an agent, and `invalid_options` for what no bearer token can be. The error
 * never holds the key.
 */
export function checkVaultKey(vaultKey: unknown, options: { readonly required: boolean }): string {
  if (typeof vaultKey === "string" && STRIPE_KEY.test(vaultKey)) {
    throw new KeybrakeError({
      code: "raw_stripe_key",
      message:
        "This is a Stripe API key (sk_… or rk_…), not a vault key. Agents never get a Stripe key: give it to the proxy (STRIPE_SECRET_KEY), issue a vault key with `keybrake keys create`, and pass that.",
    });
  }
  if (!options.required) return typeof vaultKey === "string" ? vaultKey : "";
  return checkBearer(vaultKey, "vaultKey");
}

/** Throws `invalid_options` unless it can stand in an Authorization header. Never prints it. */
export function checkBearer(key: unknown, name: string): string {
  if (typeof key === "string" && key.length <= 512 && BEARER_TOKEN.test(key)) return key;
  const problem = key === undefined || key === "" ? "is missing" : "is not a key";
  throw new KeybrakeError({ code: "invalid_options", message: `The option ${name} ${problem}.` });
}

/**
 * The proxy's root without a trailing slash, from the option or KEYBRAKE_PROXY_URL. Throws
 * `proxy_url_missing` or `proxy_url_invalid`.
 */
export function resolveProxyUrl(option: string | undefined): string {
  const text = option ?? environmentVariable("KEYBRAKE_PROXY_URL");
  if (text === undefined || text === "") {
    throw new KeybrakeError({
      code: "proxy_url_missing",
      message:
        'No proxy address. Pass proxyUrl or set KEYBRAKE_PROXY_URL, for example http://127.0.0.1:8787 (or use mode: "simulate", which needs none).',
    });
  }
  const invalid = (why: string) =>
    new KeybrakeError({ code: "proxy_url_invalid", message: `The proxy address is not usable: ${why}.` });
  if (!URL.canParse(text)) throw invalid("it is not a URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw invalid("it is neither http nor https");
  if (url.username !== "" || url.password !== "") throw invalid("it holds credentials");
  if (url.search !== "" || url.hash !== "") throw invalid("it has a query or a fragment");
  if (/(^|\.)stripe\.com$/.test(url.hostname))
    throw invalid("it is Stripe's own; a vault key is for the proxy");
  const path = url.pathname.replace(/\/+$/, "");
  if (/\/(?:stripe|v1)$/.test(path)) throw invalid("give the proxy's root, without /stripe or /v1");
  return `${url.origin}${path}`;
}

/** The value as plain JSON, with every occurrence of the secret masked. */
export function scrub<T>(value: T, secret: string): T {
  const text = JSON.stringify(value);
  return JSON.parse(secret === "" ? text : text.replaceAll(secret, "[vault key]")) as T;
}
