import { isLedgerError } from "@keybrake/ledger";
import { ProxyError } from "./proxy-error.ts";

/** What the texts among the options mean. None is quoted when it is wrong: it could hold a password. */

/** Where the books are kept. `shown` says so without a password. */
export type StorePlace =
  | { readonly kind: "file"; readonly file: string; readonly shown: string }
  | { readonly kind: "shared"; readonly url: string; readonly shown: string };

/** `sqlite:<file>`, a bare path, or `postgres://…`. Throws `store_invalid`. */
export function placeOfStore(store: string): StorePlace {
  const file = store.replace(/^sqlite:(?:\/\/)?/i, "");
  // What is not on disk cannot enforce a cap over a restart.
  if (file !== "" && file !== ":memory:" && !/^[a-z][a-z0-9+.-]+:/i.test(file)) {
    return { kind: "file", file, shown: file };
  }
  const url = /^postgres(?:ql)?:/i.test(store) && URL.canParse(store) ? new URL(store) : null;
  if (url !== null && url.hostname !== "" && url.pathname.length > 1) {
    return { kind: "shared", url: store, shown: `${url.protocol}//${url.host}${url.pathname}` };
  }
  throw new ProxyError(
    "store_invalid",
    "The store must be a SQLite file, such as sqlite:./keybrake.db, or postgres://user:password@host/database.",
  );
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

/** The ledger's error with where the books are and what the system says of it. */
export function storeError({ shown }: StorePlace, error: unknown): ProxyError {
  const known = isLedgerError(error) ? STORE_CODES.find((code) => code === error.code) : undefined;
  const why = error instanceof Error ? error.message : "it cannot be opened";
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return new ProxyError(known ?? "store_unavailable", `${shown}: ${why}${cause}`, { cause: error });
}
