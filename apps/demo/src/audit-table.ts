import type { AuditRow } from "@keybrake/core";
import Table from "cli-table3";

/** `posted`, `replayed`, `denied spend_cap_exceeded` …: the decision and what came of it, in a few words. */
function outcomeOf(row: AuditRow): string {
  if (row.decision === "allowed") return row.code ?? row.state;
  return row.code === null ? row.decision : `${row.decision} ${row.code}`;
}

const WIDTHS = [11, 14, 7, 28] as const;
const BORDERLESS = Object.fromEntries(
  ["top", "bottom", "left", "mid", "right"].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((place) => [place, ""]),
  ),
);

/** The audit log in 60 columns: who, what, how much, and what became of it. */
export function auditTable(rows: readonly AuditRow[]): string {
  const table = new Table({
    head: ["run", "operation", "amount", "outcome"],
    colWidths: [...WIDTHS],
    colAligns: ["left", "left", "right", "left"],
    chars: { ...BORDERLESS, middle: " " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  for (const row of rows) {
    const amount = row.amount_minor === null ? "" : `$${(row.amount_minor / 100).toFixed(2)}`;
    table.push([row.run_id ?? "", row.operation ?? row.path, amount, outcomeOf(row)]);
  }
  return table.toString().replaceAll(/ +$/gm, "");
}
