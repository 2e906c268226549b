import { isLedgerError } from "@keybrake/ledger";
import { ProxyError } from "./proxy-error.ts";

/** What the texts among the options mean. None is quoted when it is wrong: it could hold a password. */

/** The file of `sqlite:<file>`, or of a bare path. Throws `store_invalid`. */
export function fileOfStore(store: string): string {
  const file = store.replace(/^sqlite:(?:\/\/)?/i, "");
  // What is not on disk cannot enforce a cap over a restart.
  if (file !== "" && file !== ":memory:" && !/^[a-z][a-z0-9+.-]+:/i.test(file)) return file;
  throw new ProxyError("store_invalid", "The store must be a SQLite file, such as sqlite:./keybrake.db.");
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** An origin that the real key may be sent to. Throws `upstream_invalid`. */
export function originOf(stripeUrl: string): string {
  const url = URL.canParse(stripeUrl) ? new URL(stripeUrl) : null;
  const isPrivate = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  const isOrigin = url?.pathname === "/" && `${url.search}${url.hash}${url.username}${url.password}` === "";
  if (url !== null && isPrivate && isOrigin) return url.origin;
  const message =
    "Stripe's address must be an origin, such as https://api.stripe.com: https, or http on this machine, since the Stripe key travels to it.";
  throw new ProxyError("upstream_invalid", message);
}

const STORE_CODES = [
  "store_in_use",
  "store_corrupt",
  "store_foreign",
  "schema_too_new",
  "store_unavailable",
  "clock_ahead",
  "clock_behind",
] as const;

/** The ledger's error with the file's name and what the system says of it. */
export function storeError(file: string, error: unknown): ProxyError {
  const known = isLedgerError(error) ? STORE_CODES.find((code) => code === error.code) : undefined;
  const why = error instanceof Error ? error.message : "it cannot be opened";
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return new ProxyError(known ?? "store_unavailable", `${file}: ${why}${cause}`, { cause: error });
}
