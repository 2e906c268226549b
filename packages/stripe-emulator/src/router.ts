import { balanceRoutes } from "./resources/balance.ts";
import { balanceTransactionRoutes } from "./resources/balance-transactions.ts";
import { chargeRoutes } from "./resources/charges.ts";
import { customerRoutes } from "./resources/customers.ts";
import { eventRoutes } from "./resources/events.ts";
import { paymentIntentRoutes } from "./resources/payment-intents.ts";
import { paymentMethodRoutes } from "./resources/payment-methods.ts";
import { refundRoutes } from "./resources/refunds.ts";
import type { Route } from "./route.ts";

/** Every endpoint of the emulator. */
export const ROUTES: readonly Route[] = [
  ...balanceRoutes,
  ...balanceTransactionRoutes,
  ...chargeRoutes,
  ...customerRoutes,
  ...eventRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...refundRoutes,
];

const BY_SHAPE = new Map(ROUTES.map((route) => [`${route.method} ${route.path}`, route]));

/** A request target, taken apart. */
export interface Target {
  /** Normalised, for matching, messages and idempotency. */
  readonly path: string;
  readonly query: string;
}

/**
 * Takes a request target apart as a lenient server would: absolute form, dot segments, encoded characters,
 * doubled and trailing slashes all come to the plain path. Lenient on purpose: a proxy in front of the
 * emulator that lets such a target through must be seen to reach the endpoint it means.
 */
export function parseTarget(target: string): Target {
  try {
    const url = new URL(target.startsWith("/") ? `http://emulator${target}` : target);
    const decoded = decodeURIComponent(url.pathname);
    // A second pass: an encoded slash or dot is one only after decoding.
    const resolved = decoded === url.pathname ? decoded : new URL(`http://emulator${decoded}`).pathname;
    const path = resolved.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
    return { path, query: url.search.slice(1) };
  } catch {
    return { path: target, query: "" };
  }
}

/** An endpoint, and the `{id}` of the path that led to it (empty when it has none). */
export interface RouteMatch {
  readonly route: Route;
  readonly id: string;
}

/** The endpoint of a method and normalised path; null when there is none. */
export function matchRoute(method: string, path: string): RouteMatch | null {
  // At most `/v1/<resource>/<id>/<verb>`, so the third segment is the id wherever there is one.
  const [, version, resource, id, verb, ...rest] = path.split("/");
  if (rest.length > 0 || version === undefined || resource === undefined) return null;
  const shape =
    id === undefined
      ? `/${version}/${resource}`
      : `/${version}/${resource}/{id}${verb === undefined ? "" : `/${verb}`}`;
  const route = BY_SHAPE.get(`${method} ${shape}`);
  return route === undefined ? null : { route, id: id ?? "" };
}
