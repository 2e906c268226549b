/* The audit log, in the admin API's own spelling but for `AuditFilter.labels`. */

export type CallDecision = "allowed" | "denied" | "replayed";

/**
 * What became of a call's money. `unknown`: nobody knows yet, and it stays reserved; `awaiting`: the vendor asks a
 * person first, or what was made waits for its payer; `none`: the call reserves nothing.
 */
export type CallState = "none" | "held" | "posted" | "voided" | "unknown" | "awaiting";

/** One call as the audit log has it. */
export interface AuditRow {
  readonly call_id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly vendor: string;
  readonly account: string;
  readonly vault_key_id: string;
  readonly vault_key_name: string;
  readonly role: string | null;
  /** The key's. */
  readonly labels: Readonly<Record<string, string>>;
  /** True when the key simulates: the vendor was not called, and no real budget was charged. */
  readonly simulate: boolean;
  readonly run_id: string | null;
  readonly agent: string | null;
  readonly conversation_id: string | null;
  readonly turn: string | null;
  readonly traceparent: string | null;
  readonly operation: string | null;
  readonly method: string;
  readonly path: string;
  readonly idempotency_key: string | null;
  readonly decision: CallDecision;
  readonly code: string | null;
  /** Whose money or data it is about, as far as the request or a look-up for it said so. */
  readonly customer: string | null;
  /** What it would have been refused with, had its key not only observed; null for all others. */
  readonly would_code: string | null;
  /** In the currency's smallest unit, as the vendor counts; null when nothing was priced. */
  readonly amount_minor: number | null;
  readonly currency: string | null;
  /** What budgets count: whole millionths of a US dollar. */
  readonly usd_micros: number;
  /** Exactly `usd_micros` / 10 000: it has decimals where cents do not say it. */
  readonly usd_cents: number;
  /**
   * US dollars that moved: what is `posted`, and not by a key that simulates. The one amount that rows can be added up by:
   * the others stand on refused, replayed and voided calls, too.
   */
  readonly moved_usd: number;
  readonly state: CallState;
  readonly status: number | null;
  readonly upstream_request_id: string | null;
  /** The Idempotency-Key that went to the vendor; null when none did. */
  readonly upstream_idempotency_key: string | null;
  readonly object_id: string | null;
  readonly latency_ms: number | null;
  /** How many calls the row stands for: 1, but for refusals beyond a key's share of a minute, which share a row. */
  readonly times: number;
  /** Who found out what became of its money; null unless it is posted or voided. */
  readonly settled_by: "answer" | "reconciler" | "person" | null;
  /** Why a person settled it so, in their words. */
  readonly settled_reason: string | null;
  /** Millionths of a US dollar that moved beyond what was held for it; anything but 0 wants somebody to look. */
  readonly over_hold_micros: number;
}

/** Rows that match all of it. */
export interface AuditFilter {
  readonly run_id?: string | undefined;
  readonly conversation_id?: string | undefined;
  readonly turn?: string | undefined;
  /** As the caller sent it. */
  readonly idempotency_key?: string | undefined;
  /** The vendor's object: `ch_…`. */
  readonly object_id?: string | undefined;
  readonly vault_key_id?: string | undefined;
  readonly agent?: string | undefined;
  /** The vendor's customer: `cus_…`. */
  readonly customer?: string | undefined;
  readonly operation?: string | undefined;
  readonly decision?: CallDecision | undefined;
  readonly code?: string | undefined;
  readonly state?: CallState | undefined;
  /** Inclusive ISO 8601 time. */
  readonly from?: string | undefined;
  /** Exclusive ISO 8601 time. */
  readonly to?: string | undefined;
  /** Labels of the key, each of which must have this value. The API's spelling is `label.<name>=<value>`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}
