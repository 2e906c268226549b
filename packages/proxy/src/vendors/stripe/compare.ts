/** A posted row beside Stripe's own object. */
import type { Comparison, PostedCall } from "../trace.ts";
import { objectPath } from "./find.ts";

/** Operations whose object keeps for good the amount that it was made with; refunds and disputes stand beside it. */
const LASTING: ReadonlySet<string> = new Set([
  "charges.create",
  "refunds.create",
  "transfers.create",
  "payouts.create",
]);

/** Null where nothing can be compared: the object's amount may have changed since. */
export function compare({ operation, objectId, amountMinor, currency }: PostedCall): Comparison | null {
  const path = LASTING.has(operation) ? objectPath(objectId) : null;
  if (path === null) return null;
  return {
    path,
    differs: ({ object, missing }) => {
      if (missing) return "Stripe has no such object";
      const shown = object as { amount?: unknown; currency?: unknown; status?: unknown } | null;
      if (shown?.amount !== amountMinor || shown?.currency !== currency)
        return `Stripe says ${shown?.amount} ${shown?.currency}, the row ${amountMinor} ${currency}`;
      return shown?.status === "failed" ? "Stripe says that it failed" : null;
    },
  };
}
