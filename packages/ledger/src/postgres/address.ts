import { LedgerError } from "../errors.ts";

/** Where the books are, as a person may see it: without user, password and options. Throws `argument_invalid`. */
export function shownAddress(url: string): string {
  const { protocol, host, pathname } = parseAddress(url);
  return `${protocol}//${host}${pathname}`;
}

/** Throws `argument_invalid`, and never shows what it was given: it has a password in it. */
export function parseAddress(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== "postgres:" && parsed?.protocol !== "postgresql:") {
    throw new LedgerError(
      "argument_invalid",
      "The store's URL is not of the form postgres://user:password@host:port/database (it is not shown: it may hold a password).",
    );
  }
  return parsed;
}

/**
 * The address at which notifications are listened to: the store's own or, when it is that of a pooler, what its `listen`
 * says (host and port). To listen takes a session, which poolers by transaction give to nobody.
 */
export function listeningAddress(url: string): string {
  const parsed = parseAddress(url);
  const listen = parsed.searchParams.get("listen");
  if (listen === null) return url;
  const place = URL.canParse(`postgres://${listen}`) ? new URL(`postgres://${listen}`) : null;
  if (place === null || place.hostname === "" || place.host !== listen) {
    throw new LedgerError(
      "argument_invalid",
      "The listen=… of the store's URL is not of the form host:port.",
    );
  }
  parsed.host = place.host;
  if (place.port === "") parsed.port = "";
  return parsed.href;
}
