/** Clients of Stripe's that take no path in their base address. */
import { type Headers, headerOf, type Unresolved } from "../vendor.ts";

/** `Stripe/v1 GoBindings/85.0.0`, as stripe-go names itself. */
const STRIPE_GO = /^Stripe\/v[12] GoBindings\//;

/**
 * stripe-go reads the version of the API from the start of the path, after the answer came, and reports an error for
 * `/stripe/v1/…` whatever the answer was: its program would take an executed charge for a failed one, and charge
 * again. So nothing of it is executed there. Null when the client may use the path.
 */
export function rootClientRefusal(target: string, headers: Headers): Unresolved | null {
  const client = headerOf(headers, "user-agent") ?? "";
  if (!STRIPE_GO.test(client) || !/^\/+stripe\//.test(target)) return null;
  return {
    ok: false,
    reason:
      "stripe-go reports failure for every answer under /stripe, executed or not; give it the proxy's root as its URL, without /stripe.",
  };
}
