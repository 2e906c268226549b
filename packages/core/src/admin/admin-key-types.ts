import type { CreateVaultKeyInput } from "./admin-types.ts";

/** `admin`: everything; `operator`: stops, pauses, revokes, approves, sets budgets, reads; `auditor`: reads; `issuer`: makes keys. */
export type AdminScope = "admin" | "operator" | "issuer" | "auditor";

export interface CreateAdminKeyInput {
  readonly name: string;
  readonly scope: AdminScope;
  /** Of an issuer, which needs it: a request for a key such as it may issue at most. */
  readonly ceiling?: (CreateVaultKeyInput & { readonly vendor: string }) | undefined;
  /** Of an issuer, which needs it: how many keys it may make in any hour. */
  readonly keys_per_hour?: number | undefined;
  /** Never unless told. */
  readonly expires_in_seconds?: number | undefined;
}

export interface AdminKeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scope: AdminScope;
  readonly status: "active" | "revoked" | "expired";
  readonly ceiling: Readonly<Record<string, unknown>> | null;
  readonly keys_per_hour: number | null;
  /** ISO 8601, like the others. */
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** The answer to `create`: the only time that the key itself is shown. */
export interface IssuedAdminKey extends AdminKeyInfo {
  readonly admin_key: string;
}

/** What somebody with an admin key has done, or wanted to. */
export interface AdminActionInfo {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** The admin key's id; `root` for the one that the proxy was started with. */
  readonly by_id: string;
  readonly by_name: string;
  /** `vault-keys.revoke`, `budgets.update` … */
  readonly action: string;
  /** The id or the name of what it was done to. */
  readonly target: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** HTTP status; null while it runs, or when the proxy died meanwhile. */
  readonly status: number | null;
  readonly code: string | null;
  readonly remote_address: string;
}

/** Actions that match all of it. */
export interface ActionFilter {
  /** An admin key's id, or `root`. */
  readonly by?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  /** Inclusive ISO 8601 time. */
  readonly from?: string | undefined;
  /** Exclusive ISO 8601 time. */
  readonly to?: string | undefined;
}
