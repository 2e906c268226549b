import type { Call } from "@keybrake/ledger";
import { type AuditRow, auditRowSchema } from "./schemas.ts";

export const AUDIT_COLUMNS = Object.keys(auditRowSchema.shape) as (keyof AuditRow)[];

export function auditRow(call: Call): AuditRow {
  return {
    call_id: call.callId,
    at: new Date(call.at).toISOString(),
    vault_key_id: call.vaultKeyId,
    vault_key_name: call.vaultKeyName,
    role: call.role,
    run_id: call.runId,
    agent: call.agent,
    conversation_id: call.conversationId,
    turn: call.turn,
    traceparent: call.traceparent,
    operation: call.operation,
    method: call.method,
    path: call.path,
    idempotency_key: call.idempotencyKey,
    decision: call.decision,
    code: call.code,
    amount_minor: call.amountMinor,
    currency: call.currency,
    usd_cents: call.usdCents,
    state: call.state,
    status: call.status,
    upstream_request_id: call.upstreamRequestId,
    object_id: call.objectId,
    latency_ms: call.latencyMs,
  };
}

/**
 * One CSV field (RFC 4180). Agents choose their own names: a text that a spreadsheet would run as a formula
 * gets an apostrophe in front (OWASP: CSV injection).
 */
function csvField(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With a header line; lines end in CRLF. */
export function auditCsv(rows: readonly AuditRow[]): string {
  const lines = rows.map((row) => AUDIT_COLUMNS.map((column) => csvField(row[column])).join(","));
  return [AUDIT_COLUMNS.join(","), ...lines, ""].join("\r\n");
}
