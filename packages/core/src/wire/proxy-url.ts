import { KeybrakeError } from "../errors.ts";
import { environmentVariable } from "./environment.ts";

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
