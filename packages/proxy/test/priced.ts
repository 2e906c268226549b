/** Plans of prices in one line, with a world that answers their look-ups. */
import { decodeForm, encodeForm, type Params } from "../src/vendors/stripe/form.ts";
import { priceCall } from "../src/vendors/stripe/pricing.ts";
import type { PricePlan } from "../src/vendors/vendor.ts";

export function params(text: string): Params {
  const result = decodeForm(text);
  if (!result.ok) throw new Error(result.message);
  return result.params;
}

/** Objects "at Stripe", by look-up path. */
export type World = Readonly<Record<string, unknown>>;

/** A plan in one line: `1000 usd`, with what is injected and exceeded; look-ups are answered by the world. */
function settle(plan: PricePlan, world: World): string {
  switch (plan.kind) {
    case "lookup":
      if (!(plan.path in world)) throw new Error(`unexpected look-up of ${plan.path}`);
      return settle(plan.next(world[plan.path]), world);
    case "amount": {
      const inject = plan.inject === undefined ? "" : ` inject ${encodeForm(plan.inject as Params)}`;
      const excess = plan.excessOver === undefined ? "" : ` over ${plan.excessOver}`;
      return `${plan.amountMinor} ${plan.currency}${inject}${excess}`;
    }
    case "invalid":
      return `invalid ${plan.param}`;
    case "unknown":
      return plan.param === undefined ? "unknown" : `unknown ${plan.param}`;
    default:
      return plan.kind;
  }
}

/** The plan of a call in one line, by `settle`. */
export function price(
  operation: string,
  body: string,
  world: World = {},
  ids: readonly string[] = [],
): string {
  return settle(priceCall({ operation, params: params(body), pathParams: ids, apiVersion: null }), world);
}

export const at = (path: string, object: unknown): World => ({ [path]: object });
