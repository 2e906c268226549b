import { CALL_COLUMNS, type Call } from "@keybrake/ledger";
import { toUsd } from "../usd.ts";
import { AUDIT_COLUMNS, type AuditRow } from "./audit-schemas.ts";

export function auditRow(call: Call): AuditRow {
  const row: Record<string, unknown> = {};
  for (const { field, column } of CALL_COLUMNS) row[column] = call[field];
  return {
    ...(row as Omit<AuditRow, "at" | "usd_cents" | "moved_usd">),
    at: new Date(call.at).toISOString(),
    usd_cents: call.usdMicros / 10_000,
    moved_usd: call.state === "posted" && !call.simulate ? toUsd(call.usdMicros) : 0,
  };
}

/**
 * One CSV field (RFC 4180). Agents choose their own names: a text that a spreadsheet would run as a formula
 * gets an apostrophe in front (OWASP: CSV injection).
 */
function csvField(value: AuditRow[keyof AuditRow]): string {
  if (value === null) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  const text = /^[=+\-@\t\r]/.test(shown) ? `'${shown}` : shown;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With a header line; lines end in CRLF. */
export function auditCsv(rows: readonly AuditRow[]): string {
  const lines = rows.map((row) => AUDIT_COLUMNS.map((column) => csvField(row[column])).join(","));
  return [AUDIT_COLUMNS.join(","), ...lines, ""].join("\r\n");
}
