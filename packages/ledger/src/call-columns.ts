import type { Call } from "./types.ts";

/** How a column's value is stored and shown. `json` is an object of texts; the others say it themselves. */
export type ColumnType = "text" | "integer" | "real" | "boolean" | "json";

export interface CallColumn {
  /** The field of `Call`. */
  readonly field: keyof Call;
  /** Its name in tables and in the API. */
  readonly column: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

/**
 * The one list of what a call's row shows: SELECT, INSERT, the API's row and the CSV's columns are made from
 * it, in its order. The type checker fails when a field of `Call` is missing here or has another type.
 */
export const CALL_COLUMNS = [
  { field: "callId", column: "call_id", type: "text", nullable: false },
  { field: "at", column: "at", type: "integer", nullable: false },
  { field: "vaultKeyId", column: "vault_key_id", type: "text", nullable: false },
  { field: "vaultKeyName", column: "vault_key_name", type: "text", nullable: false },
  { field: "role", column: "role", type: "text", nullable: true },
  { field: "runId", column: "run_id", type: "text", nullable: true },
  { field: "agent", column: "agent", type: "text", nullable: true },
  { field: "conversationId", column: "conversation_id", type: "text", nullable: true },
  { field: "turn", column: "turn", type: "text", nullable: true },
  { field: "traceparent", column: "traceparent", type: "text", nullable: true },
  { field: "operation", column: "operation", type: "text", nullable: true },
  { field: "method", column: "method", type: "text", nullable: false },
  { field: "path", column: "path", type: "text", nullable: false },
  { field: "idempotencyKey", column: "idempotency_key", type: "text", nullable: true },
  { field: "decision", column: "decision", type: "text", nullable: false },
  { field: "code", column: "code", type: "text", nullable: true },
  { field: "wouldCode", column: "would_code", type: "text", nullable: true },
  { field: "amountMinor", column: "amount_minor", type: "integer", nullable: true },
  { field: "currency", column: "currency", type: "text", nullable: true },
  { field: "usdMicros", column: "usd_micros", type: "integer", nullable: false },
  { field: "state", column: "state", type: "text", nullable: false },
  { field: "status", column: "status", type: "integer", nullable: true },
  { field: "upstreamRequestId", column: "upstream_request_id", type: "text", nullable: true },
  { field: "objectId", column: "object_id", type: "text", nullable: true },
  { field: "latencyMs", column: "latency_ms", type: "real", nullable: true },
  { field: "times", column: "times", type: "integer", nullable: false },
  { field: "upstreamIdempotencyKey", column: "upstream_idempotency_key", type: "text", nullable: true },
  { field: "overHoldMicros", column: "over_hold_micros", type: "integer", nullable: false },
  { field: "vendor", column: "vendor", type: "text", nullable: false },
  { field: "account", column: "account", type: "text", nullable: false },
  { field: "simulate", column: "simulate", type: "boolean", nullable: false },
  { field: "labels", column: "labels", type: "json", nullable: false },
  { field: "customer", column: "customer", type: "text", nullable: true },
  { field: "settledBy", column: "settled_by", type: "text", nullable: true },
  { field: "settledReason", column: "settled_reason", type: "text", nullable: true },
] as const satisfies readonly CallColumn[];

interface ValueOf {
  readonly text: string;
  readonly integer: number;
  readonly real: number;
  readonly boolean: boolean;
  readonly json: Readonly<Record<string, string>>;
}

/** What the table says a call is. */
export type TabledCall = {
  readonly [C in (typeof CALL_COLUMNS)[number] as C["field"]]:
    | ValueOf[C["type"]]
    | (C["nullable"] extends true ? null : never);
};
