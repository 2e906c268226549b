import type { AuditRow } from "@keybrake/core";
import type { Output } from "../io.ts";
import { formatAmount } from "./amount.ts";
import { formatMicros } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, renderRows, renderTitles } from "./table.ts";

type Style = Output["style"];

/** 80 columns, gaps included. The numbers of Stripe's largest amounts fit; an agent's name may take two lines. */
const COLUMNS: readonly Column[] = [
  { title: "time", width: 8 },
  { title: "agent", width: 7, widthMax: 20, wraps: true },
  { title: "operation", width: 21, widthMax: 32 },
  { title: "amount", width: 12, widthMax: 15, align: "right" },
  { title: "decision, state, code", width: 28, widthMax: 40 },
];

function amountOf(row: AuditRow): string {
  if (row.amount_minor !== null && row.currency !== null) return formatAmount(row.amount_minor, row.currency);
  return row.usd_micros > 0 ? formatMicros(row.usd_micros) : "";
}

const DECISION_COLOURS = { allowed: "green", denied: "red", replayed: "cyan" } as const;

/** `allowed posted`, `denied spend_cap_exceeded`, `denied ×412 refusals_limited`, `replayed`. A read has no state to tell. */
function outcomeOf(row: AuditRow, style: Style): string {
  const isOpen = row.state === "unknown" || row.state === "awaiting";
  const state = isOpen ? style("yellow", row.state) : row.state;
  const parts = [
    style(DECISION_COLOURS[row.decision], row.decision),
    row.state === "none" ? "" : state,
    row.times === 1 ? "" : `×${row.times}`,
    printable(row.code ?? ""),
    row.would_code === null ? "" : style("yellow", `observed ${printable(row.would_code)}`),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function cellsOf(row: AuditRow, style: Style): string[] {
  return [
    row.at.slice(11, 19),
    printable(row.agent ?? ""),
    printable(row.operation ?? `${row.method} ${row.path}`),
    amountOf(row),
    outcomeOf(row, style),
  ];
}

/**
 * Lays out audit rows as they come: titles before the first, and a line with the date (UTC) whenever the day
 * changes. The order is the caller's.
 */
export function createAuditTable(
  width: number | undefined,
  style: Style,
): (rows: readonly AuditRow[]) => string {
  let day: string | undefined;
  const render = (cells: readonly (readonly string[])[]) => renderRows(COLUMNS, cells, width);
  return (rows) => {
    let text = "";
    let waiting: string[][] = [];
    for (const row of rows) {
      const date = row.at.slice(0, 10);
      if (date !== day) {
        text += render(waiting);
        waiting = [];
        if (day === undefined) text += style("bold", renderTitles(COLUMNS, width).trimEnd()).concat("\n");
        text += `${style("dim", `${date} UTC`)}\n`;
        day = date;
      }
      waiting.push(cellsOf(row, style));
    }
    return text + render(waiting);
  };
}
