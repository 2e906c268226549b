import type { Policy } from "./policy.ts";
import type { Vendor } from "./vendors/vendor.ts";

/** All that bounds a key: its policy, and what the ledger holds it to. */
export interface Grant {
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly policy: Policy;
  /** Of the key's own budget of 24 h; null = none. */
  readonly capMicros: number | null;
  readonly budgets: readonly string[];
  readonly expiresAt: number;
  readonly maxCalls: number | null;
  readonly ratePerMinute: number | null;
}

type Rule<T> = (parent: T, child: T, vendor: Vendor) => boolean;

/** A bound where null is none: the child has one that is no higher. */
const noHigher = (parent: number | null, child: number | null): boolean =>
  parent === null || (child !== null && child <= parent);

/** A list where null is everything. */
const noMore: Rule<readonly string[] | null> = (parent, child) =>
  parent === null || (child?.every((item) => parent.includes(item)) ?? false);

const same = (parent: unknown, child: unknown): boolean => JSON.stringify(parent) === JSON.stringify(child);

const free: Rule<unknown> = () => true;

/**
 * A pattern that the parent has, or one operation that it may call. A pattern over several that the parent has under
 * other names is not: what it covers grows with the vendor's API.
 */
const operations: Rule<readonly string[]> = (parent, child, vendor) =>
  child.every(
    (pattern) =>
      parent.includes("*") ||
      parent.includes(pattern) ||
      (isOneOperation(vendor, pattern) && parent.some((own) => vendor.patternCovers(own, pattern))),
  );

function isOneOperation(vendor: Vendor, pattern: string): boolean {
  const matching = vendor.operationsMatching(pattern);
  return matching.length === 1 && matching[0] === pattern;
}

/** A figure that is assumed for what the parent refuses would let it pass; a lower one would count less. */
const assumptions: Rule<Policy["assume_micros"]> = (parent, child) =>
  Object.entries(child).every(([operation, micros]) => {
    const own = Object.hasOwn(parent, operation) ? parent[operation] : undefined;
    return own !== undefined && micros >= own;
  });

const bound: Rule<Policy["bind"]> = (parent, child) =>
  parent === null ||
  (["run_id", "conversation_id"] as const).every((id) => parent[id] === null || child?.[id] === parent[id]);

/** A person is asked about no less; about what, and for how long it stands, is as it was. */
const asked: Rule<Policy["approval"]> = (parent, child) => {
  if (parent === null) return true;
  if (child === null || !same(parent.operations, child.operations)) return false;
  return (
    noHigher(parent.above_micros, child.above_micros) &&
    noHigher(parent.ask_at, child.ask_at) &&
    child.expires_in_ms <= parent.expires_in_ms
  );
};

/** One line shorter with each key, and no more keys in all. */
const delegates: Rule<Policy["may_delegate"]> = (parent, child) =>
  child === null || (parent !== null && child.depth < parent.depth && child.keys <= parent.keys);

/** Every field of a policy has its rule here: a new one does not compile without. */
const POLICY_RULES: { readonly [F in keyof Policy]: Rule<Policy[F]> } = {
  allowed_operations: operations,
  max_micros_per_call: noHigher,
  currencies: noMore,
  customers: noMore,
  accounts: (parent, child) => child.every((account) => parent.includes(account)),
  // What makes two calls the same act is one thing for a key and for all that come of it.
  dedupe: same,
  act_window_ms: same,
  act_includes: same,
  cap_status: free,
  allow_raw_cards: (parent, child) => parent || !child,
  assume_micros: assumptions,
  unpaid_intents: same,
  approval: asked,
  bind: bound,
  may_delegate: delegates,
  // What only observes is bound by nothing else here.
  enforcement: (parent, child) => parent === "observe" || child === "enforce",
};

const GRANT_RULES: { readonly [F in Exclude<keyof Grant, "policy">]: Rule<Grant[F]> } = {
  vendor: same,
  account: same,
  simulate: same,
  capMicros: noHigher,
  budgets: (parent, child) => parent.every((budget) => child.includes(budget)),
  expiresAt: (parent, child) => child <= parent,
  maxCalls: noHigher,
  ratePerMinute: noHigher,
};

/**
 * The first field in which `child` could do more than `parent`, by the name that it has there; null when there is none.
 * What is not known here is wider, on either side: nothing can be said about it. Pure.
 */
export function widerIn(parent: Grant, child: Grant, vendor: Vendor): string | null {
  return (
    widerField(GRANT_RULES, without(parent), without(child), vendor) ??
    widerField(POLICY_RULES, parent.policy, child.policy, vendor)
  );
}

function without({ policy: _, ...rest }: Grant): Omit<Grant, "policy"> {
  return rest;
}

function widerField(rules: object, parent: object, child: object, vendor: Vendor): string | null {
  const known = rules as Readonly<Record<string, Rule<unknown>>>;
  const one = parent as Readonly<Record<string, unknown>>;
  const other = child as Readonly<Record<string, unknown>>;
  for (const field of new Set([...Object.keys(one), ...Object.keys(other), ...Object.keys(known)])) {
    const rule = Object.hasOwn(known, field) ? known[field] : undefined;
    const isSaid = Object.hasOwn(one, field) && Object.hasOwn(other, field);
    if (rule === undefined || !isSaid || !rule(one[field], other[field], vendor)) return field;
  }
  return null;
}
