import type { RoleName } from "../tools/tools.ts";
import type { ApprovalPolicy, ApprovalPolicyInput } from "./approval-types.ts";
import type { BindInput, MayDelegateInput } from "./bind-types.ts";

/**
 * The admin API's own spelling throughout: request and answer fields are passed through as they are, but for
 * `AuditFilter.labels`. A test of the proxy compares these types with the schemas that it validates with.
 */

export interface CreateVaultKeyInput {
  readonly name: string;
  /** The API that the key is for. Default `stripe`. */
  readonly vendor?: string | undefined;
  /** The proxy's named credential of the vendor that the key's calls go out under. Default `default`. */
  readonly account?: string | undefined;
  /** Built in, or of the proxy's `keybrake.yaml`: fills `allowed_operations`; one of the two is required. */
  readonly role?: RoleName | undefined;
  /** US dollars in any rolling 24 h; 0 = read-only. Needed (or a budget) by a key that may move money. */
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
  /** One shared budget: short for `budgets` with one. */
  readonly budget?: string | undefined;
  /** Shared budgets by name, 1 to 8: they and their parents are charged together with the key's own cap. */
  readonly budgets?: readonly string[] | undefined;
  /** Policy and cap as usual; the vendor is never called. */
  readonly simulate?: boolean | undefined;
  /** What a call of an operation counts when no figure can be told, by operation, in US dollars. */
  readonly assume_usd?: Readonly<Record<string, number>> | undefined;
  /** Calls may hold numbers and codes of cards. */
  readonly allow_raw_cards?: boolean | undefined;
  /** What an unpaid payment intent counts: a window long (the default), or until it is paid or cancelled. */
  readonly unpaid_intents?: "window" | "hold" | undefined;
  /**
   * What a write is done once for: each Idempotency-Key that the caller chose, else each business act (`auto`, the
   * default); each act, whatever key comes (`act`); each key, and none is refused (`key`).
   */
  readonly dedupe?: "auto" | "act" | "key" | undefined;
  /** How long the same act is the same one: `90m`, `24h` (the default), `7d`. */
  readonly act_window?: string | undefined;
  /** Parameters that tell two acts apart beside those that always do: `description`, `metadata[order_id]`. */
  readonly act_includes?: readonly string[] | undefined;
  /**
   * `observe`: calls that operations, customers, currencies, amounts, rates or caps speak against go on, and their rows
   * say what they would have been refused with (`would_code`). Everything else holds as ever.
   */
  readonly enforcement?: "enforce" | "observe" | undefined;
  readonly cap_status?: 429 | 402 | undefined;
  /** When a person must agree before a write is sent. Nobody is asked unless told. */
  readonly approval?: ApprovalPolicyInput | undefined;
  /** Calls that do not say in their headers that they are of this run, and of this conversation, are refused. */
  readonly bind?: BindInput | undefined;
  /** The key may make keys of its own (`POST /vault-keys`), which can do no more, spend what it may, and end with it. */
  readonly may_delegate?: MayDelegateInput | undefined;
  /** At most 16. Each row of the key's calls shows them, and `AuditFilter` finds rows by them. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What a vault key may do; fixed when it is made. */
export interface VaultKeyPolicy {
  readonly allowed_operations: readonly string[];
  readonly daily_usd_cap: number | null;
  /** Shared budgets by name, each once. */
  readonly budgets: readonly string[];
  readonly max_usd_per_call: number | null;
  readonly currencies: readonly string[] | null;
  readonly customers: readonly string[] | null;
  readonly stripe_accounts: readonly string[];
  readonly max_calls: number | null;
  readonly rate_per_minute: number | null;
  readonly simulate: boolean;
  readonly assume_usd: Readonly<Record<string, number>>;
  readonly allow_raw_cards: boolean;
  readonly unpaid_intents: "window" | "hold";
  readonly dedupe: "auto" | "act" | "key";
  readonly act_window: string;
  readonly act_includes: readonly string[];
  readonly enforcement: "enforce" | "observe";
  readonly cap_status: 429 | 402;
  readonly approval: ApprovalPolicy | null;
  readonly bind: { readonly run_id: string | null; readonly conversation_id: string | null } | null;
  readonly may_delegate: { readonly keys: number; readonly depth: number } | null;
}

/** What of a key may change: its own cap, in US dollars in any 24 h; 0 = read-only. */
export interface UpdateVaultKeyInput {
  readonly daily_usd_cap: number;
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
  /** The named credential of the vendor that its calls go out under. */
  readonly account: string;
  readonly role: string | null;
  /** The key that made it with its own secret; null for one that was issued by an admin. */
  readonly parent_id: string | null;
  /** `paused`: by itself, or by a stop that covers all its calls. */
  readonly status: "active" | "paused" | "revoked" | "expired";
  readonly policy: VaultKeyPolicy;
  readonly labels: Readonly<Record<string, string>>;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
  /** Of a pause of this key alone. */
  readonly paused_at: string | null;
  /** Posted in the last 24 h. */
  readonly spent: number;
  /** Reserved: in flight, or of unknown outcome. */
  readonly held: number;
  /** What the key's cap, its budgets and their parents still allow; null without any of them. */
  readonly remaining: number | null;
  /** Calls admitted. */
  readonly calls: number;
}

/**
 * A cap that several keys share: `daily_usd_cap`, or `usd_cap` with a `window`. Amounts are US dollars from 0 to
 * 10 000 000, at most six decimals.
 */
export type CreateBudgetInput = {
  readonly name: string;
  /** A budget that is charged with everything that this one is charged with; at most 5 in a line, fixed. */
  readonly parent?: string | undefined;
} & (
  | {
      /** Short for `usd_cap` with the window `24h`. */
      readonly daily_usd_cap: number;
      readonly usd_cap?: undefined;
      readonly window?: undefined;
    }
  | {
      readonly usd_cap: number;
      /** How long what was spent counts: such as `90m`, `24h`, `30d`, at most `366d`; or `lifetime`. Fixed. */
      readonly window: string;
      readonly daily_usd_cap?: undefined;
    }
);

/** A budget's new cap in US dollars; `daily_usd_cap` only of a budget whose window is `24h`. */
export type UpdateBudgetInput =
  | { readonly usd_cap: number; readonly daily_usd_cap?: undefined }
  | { readonly daily_usd_cap: number; readonly usd_cap?: undefined };

/** A shared budget and its use by real keys in its window, in US dollars. */
export interface BudgetInfo {
  readonly name: string;
  readonly usd_cap: number;
  /** `24h`, `30d` …, or `lifetime`: nothing that was spent ever leaves it. */
  readonly window: string;
  /** `usd_cap` when the window is `24h`, else null. */
  readonly daily_usd_cap: number | null;
  readonly parent: string | null;
  readonly created_at: string;
  /** Posted in the window. */
  readonly spent: number;
  /** Reserved: in flight, or of unknown outcome. */
  readonly held: number;
  /** What it and its parents still allow. */
  readonly remaining: number;
}

/** What one run of the reconciler found out about one call. */
export interface ReconciledCall {
  readonly call_id: string;
  readonly operation: string | null;
  readonly vendor: string;
  readonly account: string;
  /** Before the run. */
  readonly state: "unknown" | "awaiting";
  /** US dollars that were reserved for it. */
  readonly usd: number;
  /**
   * `waiting`: a later run will tell; `unsettled`: a person must settle it; `superseded`: it was settled, or sent
   * again, meanwhile.
   */
  readonly outcome: "posted" | "voided" | "waiting" | "unsettled" | "superseded";
  readonly reason: string | null;
}

/** What a person says became of a call. */
export interface SettleCallInput {
  readonly outcome: "posted" | "voided";
  /** Stays in the row. */
  readonly reason: string;
  /** US dollars that moved, with `posted`; what was reserved unless told. */
  readonly usd?: number | undefined;
}

export interface PageQuery {
  /** 1 to 1000; default 100. */
  readonly limit?: number | undefined;
  /** `next_cursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}
