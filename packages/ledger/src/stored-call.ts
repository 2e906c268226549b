import { CALL_COLUMNS, type CallColumn, type ColumnType } from "./call-columns.ts";
import type { CallRow, NewCall } from "./rows.ts";
import type { Call, CallState } from "./types.ts";

/*
 * How a call's row is kept, for every store: what its statements name, made from the one table of columns.
 */

/** A call's row under its columns' names, with values as a store has them. */
export type StoredCall<V> = Readonly<Record<(typeof CALL_COLUMNS)[number]["column"], V>>;

/** The columns of a `Call`. */
export const CALL_SELECT = CALL_COLUMNS.map(({ column }) => `calls.${column}`).join(", ");

/** The row as the interface shows it; `decode` turns one value of the store. */
export function toCall<V>(row: StoredCall<V>, decode: (type: CallColumn["type"], value: V) => unknown): Call {
  const call: Record<string, unknown> = {};
  for (const { field, column, type } of CALL_COLUMNS) call[field] = decode(type, row[column]);
  // The table says which fields there are and of which types; the schema, which of them may be null.
  return call as unknown as Call;
}

export type StoredValue = string | number | boolean | null | Readonly<Record<string, string>>;

export interface StoredColumn {
  readonly column: string;
  readonly type: ColumnType;
  readonly value: (row: NewCall) => StoredValue;
}

/** What the ledger keeps of a call beside what it shows. */
const OWN_COLUMNS: readonly StoredColumn[] = [
  { column: "sequence", type: "integer", value: (row) => row.sequence },
  { column: "booked_at", type: "integer", value: (row) => row.bookedAt },
  { column: "rate_number", type: "integer", value: (row) => row.rateNumber },
  { column: "owner", type: "text", value: (row) => row.owner },
  { column: "sent_at", type: "integer", value: (row) => row.sentAt },
  { column: "claim_scope", type: "text", value: ({ claim }) => claim?.scope ?? null },
  { column: "claim_key", type: "text", value: ({ claim }) => claim?.key ?? null },
  { column: "claim_live", type: "boolean", value: ({ claim }) => (claim === null ? null : true) },
  { column: "act_digest", type: "text", value: ({ claim }) => claim?.actDigest ?? null },
  // Most say it with their act's digest.
  { column: "shared_digest", type: "text", value: ({ claim }) => sharedOf(claim) },
  { column: "claim_body", type: "text", value: ({ claim }) => claim?.body ?? null },
];

/** Everything that a new row says. */
export const STORED_COLUMNS: readonly StoredColumn[] = [
  ...CALL_COLUMNS.map(({ column, type, field }) => ({
    ...{ column, type },
    value: field === "labels" ? ({ call }: NewCall) => labelsOf(call) : ({ call }: NewCall) => call[field],
  })),
  ...OWN_COLUMNS,
];

function sharedOf(claim: NewCall["claim"]): string | null {
  return claim === null || claim.sharedDigest === claim.actDigest ? null : claim.sharedDigest;
}

/** Most calls have none: those cost nothing. */
function labelsOf({ labels }: Call): Call["labels"] | null {
  for (const _ in labels) return labels;
  return null;
}

/** The columns of a row that may change, with the fields of `CallRow` that say to what. */
export const SETTLED_COLUMNS = [
  { field: "state", column: "state", type: "text" },
  { field: "owner", column: "owner", type: "text" },
  { field: "postedAt", column: "posted_at", type: "integer" },
  { field: "usdMicros", column: "usd_micros", type: "integer" },
  { field: "amountMinor", column: "amount_minor", type: "integer" },
  { field: "currency", column: "currency", type: "text" },
  { field: "code", column: "code", type: "text" },
  { field: "wouldCode", column: "would_code", type: "text" },
  { field: "status", column: "status", type: "integer" },
  { field: "upstreamRequestId", column: "upstream_request_id", type: "text" },
  { field: "objectId", column: "object_id", type: "text" },
  { field: "latencyMs", column: "latency_ms", type: "real" },
  { field: "settledBy", column: "settled_by", type: "text" },
  { field: "settledReason", column: "settled_reason", type: "text" },
  { field: "sentAt", column: "sent_at", type: "integer" },
  { field: "overHoldMicros", column: "over_hold_micros", type: "integer" },
] as const satisfies readonly { field: keyof CallRow; column: string; type: ColumnType }[];

/** Those and what never changes: the columns of a `CallRow`, under its fields' names. */
export const CALL_ROW_SELECT = [
  { field: "callId", column: "call_id" },
  { field: "sequence", column: "sequence" },
  { field: "vaultKeyId", column: "vault_key_id" },
  { field: "vendor", column: "vendor" },
  { field: "account", column: "account" },
  { field: "simulate", column: "simulate" },
  { field: "at", column: "at" },
  { field: "decision", column: "decision" },
  ...SETTLED_COLUMNS,
]
  .map(({ field, column }) => `calls.${column} AS "${field}"`)
  .join(", ");

/** Money that is reserved and not settled: its row, its answer and its body stay, since it may be sent again. */
const PENDING: readonly CallState[] = ["held", "unknown", "awaiting"];

export function isPending(state: CallState): boolean {
  return PENDING.includes(state);
}

/** The same of a row in SQL, by the name that it has there. */
export function pendingIn(row: string): string {
  return `(${PENDING.map((state) => `${row}.state = '${state}'`).join(" OR ")})`;
}

/** Calls whose money an object's total counts already, and those that hold money for it: conditions on a row. */
export const IS_COUNTED = "calls.state IN ('posted', 'awaiting')";
export const IS_OPEN = "calls.state IN ('held', 'unknown')";
