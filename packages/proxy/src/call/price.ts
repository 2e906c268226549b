import type { Claim as KnownClaim } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { allowsAmount, allowsCurrency } from "../policy.ts";
import { type Rates, toUsdMicros } from "../rates.ts";
import type { Refusal } from "../refusal.ts";
import { dollars, toUsd } from "../usd.ts";
import type { PricePlan, Vendor } from "../vendors/vendor.ts";
import {
  type CallDependencies,
  type Claim,
  type Cost,
  type Ending,
  isEnding,
  type Locked,
  type Priced,
  refused,
} from "./call.ts";
import { countedObject } from "./counted-object.ts";
import { isFound, lookUp } from "./look-up.ts";
import { barred } from "./observe.ts";
import type { MaybePromise, Step } from "./step.ts";

/** Step 7: what the call costs, or why that cannot be known; and whether the policy lets so much move at once. */
export const price: Step<Locked, Priced> = {
  name: "price",
  refuses: ["currency_not_allowed", "amount_unknown", "amount_over_limit"],
  // What an object costs, the vendor must be asked; and what is wrong with one parameter may show after that.
  repeats: ["request_invalid", "rate_limited", "upstream_unreachable"],
  take,
};

type Settled = Exclude<PricePlan, { readonly kind: "lookup" }>;
type Spent = Extract<PricePlan, { readonly kind: "amount" }>;

const FREE: Cost = {
  amountMinor: null,
  currency: null,
  usdMicros: 0,
  movedMicros: 0,
  objectId: null,
  inject: null,
};

/**
 * A known act has its price: a full refund that is repeated must not look like one with nothing left. One that may have
 * to be sent again is priced anew all the same, since what it is about may have grown. And what another key was allowed
 * is not this one's, neither to be repeated nor to be read: its own policy is asked about the first call's figures, and
 * the ledger asks its budgets.
 */
function take(deps: CallDependencies, call: Locked): MaybePromise<Priced | Ending> {
  return call.claim === null ? priceAnew(deps, call) : priceUnlessKnown(deps, call, call.claim);
}

async function priceUnlessKnown(
  deps: CallDependencies,
  call: Locked,
  claim: Claim,
): Promise<Priced | Ending> {
  const { vendor, account, simulate } = call.key;
  const { scope, key } = claim;
  const known = await deps.ledger.findClaim({ vendor, account, simulate, scope, key });
  if (known === null) return priceAnew(deps, call);
  const asked = requestedCost(call.plan, deps.rates, call.account.vendor);
  const refusal =
    policyRefusal(call, asked.currency, asked.movedMicros) ?? (await firstRefusal(deps, call, known));
  const next = refusal === null ? call : barred(call, refusal);
  if (isEnding(next)) return next;
  const repeats = known.callId;
  if (known.state !== "unknown") return { ...next, cost: null, repeats };
  const priced = await priceAnew(deps, next);
  return isEnding(priced) ? priced : { ...priced, repeats };
}

/** Why the key may not repeat the first call of the act, for that one's figures; null when it may, or made it. */
async function firstRefusal(
  { ledger, rates }: CallDependencies,
  call: Locked,
  { callId, vaultKeyId }: KnownClaim,
): Promise<Refusal | null> {
  if (vaultKeyId === call.key.id) return null;
  const first = await ledger.getCall(callId);
  if (first === null) throw new Error(`call ${callId} is claimed but not in the books`);
  const { amountMinor, currency, usdMicros } = first;
  const moved = amountMinor === null || currency === null ? null : { amountMinor, currency };
  const movedMicros = moved === null ? null : toUsdMicros(moved, rates, call.account.vendor);
  return policyRefusal(call, currency, movedMicros ?? usdMicros);
}

function policyRefusal(call: Locked, currency: string | null, movedMicros: number): Refusal | null {
  return currencyRefusal(call, currency) ?? limitRefusal(call, movedMicros);
}

function priced(call: Locked, cost: Cost): Priced {
  return { ...call, cost, repeats: null };
}

/** Whether its act is known or not: a claim that was given back, or has lapsed, is made anew. */
export function priceAnew(deps: CallDependencies, call: Locked): MaybePromise<Priced | Ending> {
  return call.plan.kind === "lookup" ? priceByLookUp(deps, call) : count(deps, call, call.plan);
}

/** Follows the plan's look-ups, a bounded number. */
async function priceByLookUp(deps: CallDependencies, call: Locked): Promise<Priced | Ending> {
  let { plan } = call;
  let known = call;
  for (let lookUps = 0; plan.kind === "lookup"; lookUps++) {
    if (lookUps >= LIMITS.pricingLookups) return refused(call, amountUnknown("it takes too many look-ups"));
    const found = await lookUp(deps, call, plan.path);
    if (!isFound(found)) return found;
    known = withCustomer(known, plan.path, found.object);
    plan = plan.next(found.object);
  }
  return count(deps, known, plan);
}

/** What is looked up for its price says whose it is as well: its row has that, too. */
function withCustomer(call: Locked, path: string, object: unknown): Locked {
  if (call.customer !== undefined) return call;
  const question = call.account.vendor.customerOf(call.request);
  const customer = question.kind === "lookup" && question.path === path ? question.next(object) : null;
  return customer === null ? call : { ...call, customer };
}

function count(deps: CallDependencies, call: Locked, plan: Settled): MaybePromise<Priced | Ending> {
  switch (plan.kind) {
    case "free":
      return priced(call, plan.inject === undefined ? FREE : { ...FREE, inject: plan.inject });
    case "invalid":
      return refused(call, { code: "request_invalid", reason: plan.reason, param: plan.param });
    case "unknown":
      return countUnknown(call, plan);
    case "amount":
      return countAmount(deps, call, plan);
    case "usd":
      return countUsd(call, plan.usdMicros);
  }
}

function countUsd(call: Locked, usdMicros: number): Priced | Ending {
  const forbidden = currencyRefusal(call, "usd");
  const next = forbidden === null ? call : barred(call, forbidden);
  if (isEnding(next)) return next;
  return withinLimit(priced(next, { ...FREE, usdMicros, movedMicros: usdMicros }), usdMicros);
}

/** The currency is asked about first: a policy that says what such a call counts lets none pass in another. */
function countUnknown(call: Locked, plan: Extract<PricePlan, { readonly kind: "unknown" }>): Priced | Ending {
  const currencies = call.account.vendor.currenciesIn(call.request);
  const forbidden = currencies.map((currency) => currencyRefusal(call, currency)).find((one) => one !== null);
  const next = forbidden === undefined ? call : barred(call, forbidden);
  if (isEnding(next)) return next;
  return assume(next) ?? refused(next, amountUnknown(plan.reason, plan.param));
}

/** What the policy says that a call counts of which no figure can be told; null when it says nothing. */
function assume(call: Locked): Priced | Ending | null {
  const assumed = call.key.policy.assume_micros[call.operation.name];
  if (assumed === undefined) return null;
  return withinLimit(priced(call, { ...FREE, usdMicros: assumed, movedMicros: assumed }), assumed);
}

function countAmount(deps: CallDependencies, call: Locked, plan: Spent): MaybePromise<Priced | Ending> {
  const forbidden = currencyRefusal(call, plan.currency);
  const next = forbidden === null ? call : barred(call, forbidden);
  if (isEnding(next)) return next;
  const movedMicros = toUsdMicros(plan, deps.rates, call.account.vendor);
  if (movedMicros === null)
    return refused(next, amountUnknown(`there is no rate for ${plan.currency}; configure one`));
  if (plan.excessOver === undefined) return spend(next, plan, movedMicros, 0);
  return deps.ledger
    .countedMicros(countedObject(call.key, plan.excessOver))
    .then((counted) => spend(next, plan, movedMicros, counted));
}

function spend(call: Locked, plan: Spent, movedMicros: number, counted: number): Priced | Ending {
  const { amountMinor, currency, excessOver: objectId = null, inject = null } = plan;
  const usdMicros = Math.max(0, movedMicros - counted);
  const cost = { amountMinor, currency, usdMicros, movedMicros, objectId, inject };
  return withinLimit(priced(call, cost), movedMicros);
}

function withinLimit(call: Priced, movedMicros: number): Priced | Ending {
  const refusal = limitRefusal(call, movedMicros);
  return refusal === null ? call : barred(call, refusal);
}

/** What a request asks for by itself: for the rows of calls that are refused or replayed unpriced. */
export function requestedCost(plan: PricePlan | null, rates: Rates, vendor: Vendor): Cost {
  if (plan?.kind === "usd") return { ...FREE, usdMicros: plan.usdMicros, movedMicros: plan.usdMicros };
  if (plan?.kind !== "amount") return FREE;
  const { amountMinor, currency } = plan;
  const usdMicros = toUsdMicros(plan, rates, vendor) ?? 0;
  return { ...FREE, amountMinor, currency, usdMicros, movedMicros: usdMicros };
}

function currencyRefusal({ key }: Locked, currency: string | null): Refusal | null {
  if (allowsCurrency(key.policy, currency)) return null;
  return {
    code: "currency_not_allowed",
    reason: `The vault key '${key.name}' allows the currencies ${key.policy.currencies?.join(", ")}, not ${currency}.`,
    param: "currency",
  };
}

function limitRefusal({ key }: Locked, movedMicros: number): Refusal | null {
  const { max_micros_per_call: limit } = key.policy;
  if (limit === null || allowsAmount(key.policy, movedMicros)) return null;
  return {
    code: "amount_over_limit",
    reason: `This call would move ${dollars(movedMicros)}, and the vault key '${key.name}' allows at most ${dollars(limit)} per call.`,
    detail: { max_usd_per_call: toUsd(limit), requested_usd: toUsd(movedMicros) },
  };
}

function amountUnknown(reason: string, param?: string): Refusal {
  return {
    ...(param === undefined ? {} : { param }),
    code: "amount_unknown",
    reason: `What this call would move cannot be known beforehand: ${reason}. It was not forwarded.`,
  };
}
