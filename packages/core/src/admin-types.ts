import type { Role } from "./roles.ts";

/** The admin API's own spelling throughout: request and answer fields are passed through as they are. */

export interface CreateVaultKeyInput {
  readonly name: string;
  /** Default `stripe`. */
  readonly vendor?: "stripe" | undefined;
  /** Fills `allowed_operations`; one of the two is required. */
  readonly role?: Role | undefined;
  /** US dollars in any rolling 24 h; 0 = read-only. Needed (or `budget`) by a key that may move money. */
  readonly daily_usd_cap?: number | undefined;
  /** Operations of the table, with globs: `charges.create`, `customers.*`. */
  readonly allowed_operations?: readonly string[] | undefined;
  /** Default 86 400: every key expires. */
  readonly expires_in_seconds?: number | undefined;
  readonly max_usd_per_call?: number | undefined;
  readonly currencies?: readonly string[] | undefined;
  readonly customers?: readonly string[] | undefined;
  /** Connected accounts that a call may name: in Stripe-Account to act for, in its parameters to hand money to. */
  readonly stripe_accounts?: readonly string[] | undefined;
  readonly max_calls?: number | undefined;
  readonly rate_per_minute?: number | undefined;
  /** A shared budget, charged together with the key's own cap. */
  readonly budget?: string | undefined;
  /** Policy and cap as usual; Stripe is never called. */
  readonly simulate?: boolean | undefined;
  readonly dedupe?: "key" | "act" | undefined;
  readonly cap_status?: 429 | 402 | undefined;
  readonly require_idempotency_key?: boolean | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What a vault key may do; fixed when it is made. */
export interface VaultKeyPolicy {
  readonly allowed_operations: readonly string[];
  readonly daily_usd_cap: number | null;
  readonly budget: string | null;
  readonly max_usd_per_call: number | null;
  readonly currencies: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly stripe_accounts: readonly string[];
  readonly max_calls: number | null;
  readonly rate_per_minute: number | null;
  readonly simulate: boolean;
  readonly dedupe: "key" | "act";
  readonly cap_status: 429 | 402;
  readonly require_idempotency_key: boolean;
}

/** The answer to `create`: the only time that the key itself is shown. Prefer `leaseVaultKey`, which hides it. */
export interface IssuedVaultKey {
  readonly id: string;
  readonly vault_key: string;
  readonly name: string;
  readonly role: string | null;
  readonly policy: VaultKeyPolicy;
  /** ISO 8601. */
  readonly expires_at: string;
}

/** A vault key with what it has used; never the key itself. Money in US dollars, times in ISO 8601. */
export interface VaultKeyInfo {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly role: string | null;
  readonly status: "active" | "revoked" | "expired";
  readonly policy: VaultKeyPolicy;
  readonly labels: Readonly<Record<string, string>>;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  readonly spent: number;
  readonly held: number;
  readonly remaining: number | null;
  readonly calls: number;
}

/** A shared budget and its use in the last 24 h, in US dollars. */
export interface BudgetInfo {
  readonly name: string;
  readonly daily_usd_cap: number;
  readonly created_at: string;
  readonly spent: number;
  readonly held: number;
  readonly remaining: number;
}

/** One call as the audit log has it. */
export interface AuditRow {
  readonly call_id: string;
  readonly at: string;
  readonly vault_key_id: string;
  readonly vault_key_name: string;
  readonly role: string | null;
  readonly run_id: string | null;
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly turn: string | null;
  readonly traceparent: string | null;
  readonly operation: string | null;
  readonly method: string;
  readonly path: string;
  readonly idempotency_key: string | null;
  readonly decision: "allowed" | "denied" | "replayed";
  readonly code: string | null;
  readonly amount_minor: number | null;
  readonly currency: string | null;
  readonly usd_cents: number;
  readonly state: "none" | "held" | "posted" | "voided" | "unknown";
  readonly status: number | null;
  readonly upstream_request_id: string | null;
  readonly object_id: string | null;
  readonly latency_ms: number | null;
}

export interface PageQuery {
  /** 1 to 1000; default 100. */
  readonly limit?: number | undefined;
  /** `next_cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface AuditFilter {
  readonly run_id?: string | undefined;
  readonly vault_key_id?: string | undefined;
  readonly agent?: string | undefined;
  readonly operation?: string | undefined;
  readonly decision?: "allowed" | "denied" | "replayed" | undefined;
  readonly code?: string | undefined;
  /** Inclusive ISO 8601 time. */
  readonly from?: string | undefined;
  /** Exclusive ISO 8601 time. */
  readonly to?: string | undefined;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}
