import type { AuditFilter } from "./audit-types.ts";

/**
 * A filter as the query of `/admin/audit` and `/admin/audit/stream` spells it: `{ labels: { team: "billing" } }` is
 * `label.team=billing`.
 */
export function auditQuery({
  labels = {},
  ...fields
}: AuditFilter): Readonly<Record<string, string | undefined>> {
  const named = Object.entries(labels).map(([name, value]): [string, string] => [`label.${name}`, value]);
  return { ...fields, ...Object.fromEntries(named) };
}
