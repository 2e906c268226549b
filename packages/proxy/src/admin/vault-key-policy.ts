import { type Role, roleOperations } from "@keybrake/core";
import type { NewVaultKey, VaultKeyUsage } from "@keybrake/ledger";
import type { Policy } from "../policy.ts";
import { canonicalPattern, mayMoveMoney, operationsMatching } from "../vendors/stripe/index.ts";
import { adminError } from "./errors.ts";
import { type CreateVaultKey, cents } from "./schemas.ts";

/** Every pattern must name something: a misspelt operation would otherwise be a key that silently lacks it. */
function allowedOperations(request: CreateVaultKey): string[] {
  if (request.allowed_operations === undefined && request.role === undefined) {
    throw adminError(
      "request_invalid",
      "Give a role or allowed_operations: there is no key that may do everything.",
      "allowed_operations",
    );
  }
  const patterns = request.allowed_operations ?? roleOperations(request.role as Role);
  return patterns.map((pattern) => {
    const canonical = canonicalPattern(pattern);
    if (canonical !== null) return canonical;
    throw adminError(
      "request_invalid",
      `'${pattern}' names no Stripe operation. Write them like charges.create, paymentIntents.create or customers.*`,
      "allowed_operations",
    );
  });
}

/** What is stored for a request, or a thrown `request_invalid` / `budget_required`. */
export function policyOf(request: CreateVaultKey): Policy {
  const allowed = allowedOperations(request);
  const costs = allowed.flatMap(operationsMatching).find((operation) => mayMoveMoney(operation));
  if (costs !== undefined && request.daily_usd_cap === undefined && request.budget === undefined) {
    throw adminError(
      "budget_required",
      `A key that allows ${costs} may move money: give it a daily_usd_cap or a budget.`,
      "daily_usd_cap",
    );
  }
  return {
    allowed_operations: allowed,
    max_cents_per_call: request.max_usd_per_call === undefined ? null : cents(request.max_usd_per_call),
    currencies: request.currencies?.map((currency) => currency.toLowerCase()) ?? null,
    customers: request.customers ?? null,
    stripe_accounts: request.stripe_accounts ?? [],
    dedupe: request.dedupe,
    cap_status: request.cap_status,
    require_idempotency_key: request.require_idempotency_key,
  };
}

export function newVaultKey(
  request: CreateVaultKey,
  made: { readonly id: string; readonly hash: string; readonly now: number },
): NewVaultKey {
  return {
    id: made.id,
    hash: made.hash,
    name: request.name,
    vendor: request.vendor,
    role: request.role ?? null,
    policy: policyOf(request),
    labels: request.labels,
    simulate: request.simulate,
    createdAt: made.now,
    expiresAt: made.now + request.expires_in_seconds * 1000,
    dailyCapCents: request.daily_usd_cap === undefined ? null : cents(request.daily_usd_cap),
    budget: request.budget ?? null,
    maxCalls: request.max_calls ?? null,
    ratePerMinute: request.rate_per_minute ?? null,
  };
}

/** The policy as the API shows it: everything that binds the key, in the request's own terms. */
export function describePolicy(key: NewVaultKey) {
  const { max_cents_per_call, ...policy } = key.policy as Policy;
  return {
    allowed_operations: [...policy.allowed_operations],
    daily_usd_cap: key.dailyCapCents === null ? null : key.dailyCapCents / 100,
    budget: key.budget,
    max_usd_per_call: max_cents_per_call === null ? null : max_cents_per_call / 100,
    currencies: policy.currencies === null ? null : [...policy.currencies],
    customers: policy.customers === null ? null : [...policy.customers],
    stripe_accounts: [...policy.stripe_accounts],
    max_calls: key.maxCalls,
    rate_per_minute: key.ratePerMinute,
    simulate: key.simulate,
    dedupe: policy.dedupe,
    cap_status: policy.cap_status,
    require_idempotency_key: policy.require_idempotency_key,
  };
}

export function describeVaultKey(key: VaultKeyUsage, now: number) {
  const status = key.revokedAt !== null ? "revoked" : now >= key.expiresAt ? "expired" : "active";
  return {
    id: key.id,
    name: key.name,
    vendor: key.vendor,
    role: key.role,
    status: status as "active" | "revoked" | "expired",
    policy: describePolicy(key),
    labels: { ...key.labels },
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: new Date(key.expiresAt).toISOString(),
    revoked_at: key.revokedAt === null ? null : new Date(key.revokedAt).toISOString(),
    spent: key.spentCents / 100,
    held: key.heldCents / 100,
    remaining: key.remainingCents === null ? null : key.remainingCents / 100,
    calls: key.calls,
  };
}
