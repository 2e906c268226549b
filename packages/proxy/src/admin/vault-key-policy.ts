import { roleOperations } from "@keybrake/core";
import { DAILY_WINDOW_MS, type NewVaultKey, stopCovers, type VaultKeyUsage } from "@keybrake/ledger";
import type { Policy } from "../policy.ts";
import { toMicros, toUsd } from "../usd.ts";
import type { Vendor } from "../vendors/vendor.ts";
import { formatWindow, parseWindow } from "../window.ts";
import { adminError } from "./errors.ts";
import { isBuiltIn } from "./roles.ts";
import type { CreateVaultKey } from "./vault-key-schemas.ts";

/** Every pattern must name something: a misspelt operation would otherwise be a key that silently lacks it. */
function allowedOperations(request: CreateVaultKey, vendor: Vendor): string[] {
  const { role, allowed_operations: listed } = request;
  // Of a role of `keybrake.yaml` they are listed by now (`withRole`).
  const patterns = listed ?? (role !== undefined && isBuiltIn(role) ? roleOperations(role) : undefined);
  if (patterns === undefined) {
    throw adminError(
      "request_invalid",
      "Give a role or allowed_operations: no key may do everything by default.",
      "allowed_operations",
    );
  }
  if (patterns.length > 1 && patterns.includes("*")) {
    const message = "'*' allows everything, so it stands alone: what is beside it would look like a limit.";
    throw adminError("request_invalid", message, "allowed_operations");
  }
  return canonicalPatterns(patterns, vendor, "allowed_operations");
}

function canonicalPatterns(patterns: readonly string[], vendor: Vendor, param: string): string[] {
  return patterns.map((pattern) => {
    const canonical = vendor.canonicalPattern(pattern);
    if (canonical !== null) return canonical;
    const message = `'${pattern}' names no ${vendor.title} operation. Write them like ${vendor.patternExamples}`;
    throw adminError("request_invalid", message, param);
  });
}

function approvalOf({ approval }: CreateVaultKey, vendor: Vendor): Policy["approval"] {
  if (approval === undefined) return null;
  const { above_usd, ask_at = null, operations, expires_in } = approval;
  return {
    above_micros: above_usd === undefined ? null : toMicros(above_usd),
    ask_at,
    operations:
      operations === undefined ? null : canonicalPatterns(operations, vendor, "approval.operations"),
    expires_in_ms: parseWindow(expires_in) ?? DAILY_WINDOW_MS,
  };
}

/** Only for operations that have no figure of their own, each by its name. */
function assumedMicros({ assume_usd: assumed = {} }: CreateVaultKey, vendor: Vendor): Record<string, number> {
  const micros = Object.entries(assumed).map(([name, figure]) => {
    const operation = vendor.canonicalPattern(name);
    if (operation !== null && vendor.isAssumable(operation)) return [operation, toMicros(figure)] as const;
    const message = `'${name}' is no ${vendor.title} operation for which a figure can be assumed: it has a price of its own, is free, or does not exist.`;
    throw adminError("request_invalid", message, "assume_usd");
  });
  return Object.fromEntries(micros);
}

/** A misspelt id would be a key that silently lacks it. Not quoted: anything may have been pasted there. */
function checkIds(request: CreateVaultKey, { title, isCustomerId, isAccountId }: Vendor): void {
  const { customers = [], stripe_accounts: accounts = [] } = request;
  const refuseOdd = (param: string, index: number, what: string) => {
    if (index < 0) return;
    const message = `${param}.${index}: not the id of a ${title} ${what}`;
    throw adminError("request_invalid", message, `${param}.${index}`);
  };
  refuseOdd(
    "customers",
    customers.findIndex((id) => !isCustomerId(id)),
    "customer",
  );
  refuseOdd(
    "stripe_accounts",
    accounts.findIndex((id) => !isAccountId(id)),
    "account",
  );
}

/** Each once, in the order in which they were named. */
function sharedBudgets({ budget, budgets = [] }: CreateVaultKey): string[] {
  return [...new Set(budget === undefined ? budgets : [budget, ...budgets])];
}

/** Each of the keys that it makes would have as many again. */
function checkDelegates({ may_delegate, max_calls, rate_per_minute }: CreateVaultKey): void {
  if (may_delegate === undefined || (max_calls === undefined && rate_per_minute === undefined)) return;
  const message =
    "A key that makes others has neither max_calls nor rate_per_minute: those would have as many each.";
  throw adminError("request_invalid", message, "may_delegate");
}

/** What is stored for a request, or a thrown `request_invalid` / `budget_required`. */
function policyOf(request: CreateVaultKey, vendor: Vendor): Policy {
  checkDelegates(request);
  checkIds(request, vendor);
  const allowed = allowedOperations(request, vendor);
  const assumed = assumedMicros(request, vendor);
  const costs = allowed
    .flatMap((pattern) => vendor.operationsMatching(pattern))
    .find((operation) => vendor.mayMoveMoney(operation) || (assumed[operation] ?? 0) > 0);
  if (costs !== undefined && request.daily_usd_cap === undefined && sharedBudgets(request).length === 0) {
    throw adminError(
      "budget_required",
      `A key that allows ${costs} may move money: give it a daily_usd_cap or a budget.`,
      "daily_usd_cap",
    );
  }
  return {
    allowed_operations: allowed,
    max_micros_per_call: request.max_usd_per_call === undefined ? null : toMicros(request.max_usd_per_call),
    currencies: request.currencies?.map((currency) => currency.toLowerCase()) ?? null,
    customers: request.customers ?? null,
    accounts: request.stripe_accounts ?? [],
    assume_micros: assumed,
    allow_raw_cards: request.allow_raw_cards,
    unpaid_intents: request.unpaid_intents,
    dedupe: request.dedupe,
    act_window_ms: parseWindow(request.act_window) ?? DAILY_WINDOW_MS,
    act_includes: request.act_includes,
    enforcement: request.enforcement,
    cap_status: request.cap_status,
    approval: approvalOf(request, vendor),
    may_delegate: request.may_delegate ?? null,
    bind:
      request.bind === undefined
        ? null
        : { run_id: request.bind.run_id ?? null, conversation_id: request.bind.conversation_id ?? null },
  };
}

export function newVaultKey(
  request: CreateVaultKey,
  made: { readonly id: string; readonly hash: string; readonly now: number; readonly vendor: Vendor },
): NewVaultKey {
  return {
    id: made.id,
    hash: made.hash,
    name: request.name,
    vendor: request.vendor,
    account: request.account,
    role: request.role ?? null,
    policy: policyOf(request, made.vendor),
    labels: request.labels,
    simulate: request.simulate,
    createdAt: made.now,
    expiresAt: made.now + request.expires_in_seconds * 1000,
    ownBudget: {
      capMicros: request.daily_usd_cap === undefined ? null : toMicros(request.daily_usd_cap),
      windowMs: DAILY_WINDOW_MS,
    },
    budgets: sharedBudgets(request),
    maxCalls: request.max_calls ?? null,
    ratePerMinute: request.rate_per_minute ?? null,
    parentId: null,
    rootId: null,
  };
}

/** The policy as the API shows it: everything that binds the key, in the request's own terms. */
export function describePolicy(key: NewVaultKey, policy: Policy) {
  const { capMicros } = key.ownBudget;
  const { max_micros_per_call } = policy;
  return {
    allowed_operations: [...policy.allowed_operations],
    daily_usd_cap: capMicros === null ? null : toUsd(capMicros),
    budgets: [...key.budgets],
    max_usd_per_call: max_micros_per_call === null ? null : toUsd(max_micros_per_call),
    currencies: policy.currencies === null ? null : [...policy.currencies],
    customers: policy.customers === null ? null : [...policy.customers],
    stripe_accounts: [...policy.accounts],
    max_calls: key.maxCalls,
    rate_per_minute: key.ratePerMinute,
    simulate: key.simulate,
    assume_usd: Object.fromEntries(
      Object.entries(policy.assume_micros).map(([operation, micros]) => [operation, toUsd(micros)]),
    ),
    allow_raw_cards: policy.allow_raw_cards,
    unpaid_intents: policy.unpaid_intents,
    dedupe: policy.dedupe,
    act_window: formatWindow(policy.act_window_ms),
    act_includes: [...policy.act_includes],
    enforcement: policy.enforcement,
    cap_status: policy.cap_status,
    approval: describeApprovalPolicy(policy),
    bind: policy.bind,
    may_delegate: policy.may_delegate,
  };
}

function describeApprovalPolicy({ approval }: Policy) {
  if (approval === null) return null;
  const { above_micros, ask_at, operations, expires_in_ms } = approval;
  return {
    above_usd: above_micros === null ? null : toUsd(above_micros),
    ask_at,
    operations: operations === null ? null : [...operations],
    expires_in: formatWindow(expires_in_ms),
  };
}

type Status = "active" | "paused" | "revoked" | "expired";

/** A stop that goes by what calls say of themselves is none of the key's. */
function statusOf(key: VaultKeyUsage<Policy>, now: number): Status {
  if (key.revokedAt !== null) return "revoked";
  if (now >= key.expiresAt) return "expired";
  const caller = { vaultKeyId: key.id, role: key.role, labels: key.labels, agent: null };
  const isStopped =
    key.pausedAt !== null || key.pausedAbove === 1 || key.stops.some((stop) => stopCovers(stop, caller));
  return isStopped ? "paused" : "active";
}

export function describeVaultKey(key: VaultKeyUsage<Policy>, now: number) {
  return {
    id: key.id,
    name: key.name,
    vendor: key.vendor,
    account: key.account,
    role: key.role,
    status: statusOf(key, now),
    policy: describePolicy(key, key.policy),
    parent_id: key.parentId,
    labels: { ...key.labels },
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: new Date(key.expiresAt).toISOString(),
    revoked_at: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
    paused_at: key.pausedAt === null ? null : new Date(key.pausedAt).toISOString(),
    spent: toUsd(key.spentMicros),
    held: toUsd(key.heldMicros),
    remaining: key.remainingMicros === null ? null : toUsd(key.remainingMicros),
    calls: key.calls,
  };
}
