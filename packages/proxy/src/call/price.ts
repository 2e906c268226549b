import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import { type Params, type PricePlan, type Rates, toUsdCents } from "../vendors/stripe/index.ts";

/** What a call takes from its budgets, and what it moves. */
export interface Cost {
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** Charged to the budgets: what it moves, less what was counted for the same object before. */
  readonly usdCents: number;
}

export interface PricedCost extends Cost {
  /** What the call moves or commits, counted before or not: per-call limits look at this. */
  readonly movedCents: number;
  /** Fixed in the forwarded body, so that what is counted is what moves. */
  readonly inject: Params | null;
}

type Answered = UpstreamResult & { readonly kind: "answer" };

export type Priced =
  | { readonly kind: "cost"; readonly cost: PricedCost }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** Stripe's own answer to a look-up (no such charge): the caller gets it as it is. */
  | { readonly kind: "answered"; readonly result: Answered };

type Found =
  | { readonly kind: "found"; readonly object: unknown }
  | Exclude<Priced, { readonly kind: "cost" }>;

export interface PriceSources {
  readonly rates: Rates;
  readonly lookup: (path: string) => Promise<UpstreamResult>;
  readonly countedCents: (objectId: string) => Promise<number>;
}

const FREE: PricedCost = { amountMinor: null, currency: null, usdCents: 0, movedCents: 0, inject: null };

/** Asks Stripe for an object that a call is about. */
export async function followLookup(path: string, lookup: PriceSources["lookup"]): Promise<Found> {
  const result = await lookup(path);
  if (result.kind !== "answer" || result.status >= 500 || result.status === 429) {
    const message =
      "Stripe could not be asked for the object that this call is about. Nothing was moved; try again later.";
    return { kind: "refused", refusal: { code: "upstream_unreachable", message } };
  }
  if (result.status >= 400) return { kind: "answered", result };
  try {
    return { kind: "found", object: JSON.parse(result.body) };
  } catch {
    return { kind: "found", object: null };
  }
}

/** Step 4: what this call costs, or why that cannot be known. Follows the plan's look-ups, a bounded number. */
export async function price(start: PricePlan, sources: PriceSources): Promise<Priced> {
  let plan = start;
  for (let lookups = 0; plan.kind === "lookup"; lookups++) {
    if (lookups >= LIMITS.pricingLookups) {
      plan = { kind: "unknown", reason: "it takes too many look-ups" };
      break;
    }
    const found = await followLookup(plan.path, sources.lookup);
    if (found.kind !== "found") return found;
    plan = plan.next(found.object);
  }
  switch (plan.kind) {
    case "free":
      return { kind: "cost", cost: plan.inject === undefined ? FREE : { ...FREE, inject: plan.inject } };
    case "invalid":
      return {
        kind: "refused",
        refusal: { code: "request_invalid", message: plan.message, param: plan.param },
      };
    case "unknown":
      return { kind: "refused", refusal: amountUnknown(plan.reason) };
    case "amount": {
      const movedCents = toUsdCents(plan.amountMinor, plan.currency, sources.rates);
      if (movedCents === null) {
        return {
          kind: "refused",
          refusal: amountUnknown(`there is no rate for ${plan.currency}; configure one`),
        };
      }
      const counted = plan.excessOver === undefined ? 0 : await sources.countedCents(plan.excessOver);
      const usdCents = Math.max(0, movedCents - counted);
      const { amountMinor, currency } = plan;
      return {
        kind: "cost",
        cost: { amountMinor, currency, usdCents, movedCents, inject: plan.inject ?? null },
      };
    }
  }
}

/** The amount that a request names by itself: for the rows of calls that are refused or replayed unpriced. */
export function requestedAmount(plan: PricePlan, rates: Rates): Cost {
  if (plan.kind !== "amount") return { amountMinor: null, currency: null, usdCents: 0 };
  const { amountMinor, currency } = plan;
  return { amountMinor, currency, usdCents: toUsdCents(amountMinor, currency, rates) ?? 0 };
}

function amountUnknown(reason: string): Refusal {
  return {
    code: "amount_unknown",
    message: `What this call would move cannot be known beforehand: ${reason}. It was not forwarded.`,
  };
}
