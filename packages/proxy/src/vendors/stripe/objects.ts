/** The objects that a write is about. */

import type { StripeRequest } from "./decode.ts";
import { textParam } from "./form.ts";

/** Parameters that name the object whose state decides what a call costs, or that a call adds to. */
const ABOUT = ["charge", "payment_intent", "invoice", "source_transaction", "subscription"] as const;

/**
 * The object of the path, and those that parameters name. Not the customer that a charge is for: his charges need not
 * wait for each other.
 */
export function objectsOf({ params, pathParams }: Pick<StripeRequest, "params" | "pathParams">): string[] {
  const [id] = pathParams;
  const named = ABOUT.map((name) => textParam(params, name) ?? "");
  return [id ?? "", ...named].filter((object) => object !== "");
}
