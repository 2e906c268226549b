import type { AuditRow } from "../admin/audit-types.ts";

/**
 * What became of a call, in words: `moved $29.00`, `refused: spend_cap_exceeded`, `nobody knows yet …`. `moved` is its
 * amount as the reader is to see it.
 */
export function outcomeInWords(row: AuditRow, moved: string): string {
  const code = row.code === null ? "" : `: ${row.code}`;
  if (row.decision === "denied") return `refused${code}`;
  switch (row.state) {
    case "posted":
      return row.simulate ? `simulated: ${moved} would have moved` : `moved ${moved}`;
    case "voided":
      return `nothing moved${code}`;
    case "unknown":
      return `nobody knows yet whether ${moved} moved; it stays held`;
    case "awaiting":
      return `${moved} waits for a person or a payer; it stays held`;
    case "held":
      return `in flight, ${moved} held`;
    case "none":
      return row.decision === "replayed" ? "answered with the first one's answer" : `read${code}`;
  }
}
