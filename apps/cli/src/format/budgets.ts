import type { BudgetInfo } from "@keybrake/core";
import type { Output } from "../io.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "budget", width: 8, widthMax: 60 },
  { title: "cap", width: 5, align: "right" },
  { title: "window", width: 8 },
  { title: "spent", width: 5, align: "right" },
  { title: "held", width: 5, align: "right" },
  { title: "remaining", width: 9, align: "right" },
  { title: "parent", width: 8, widthMax: 60 },
];

/** Shared budgets and the use of each in its window; titles first. */
export function renderBudgets(
  budgets: readonly BudgetInfo[],
  width: number | undefined,
  style: Output["style"],
): string {
  const rows = budgets.map(({ name, usd_cap, window, spent, held, remaining, parent }) => [
    printable(name),
    formatUsd(usd_cap),
    window,
    ...[spent, held, remaining].map(formatUsd),
    printable(parent ?? ""),
  ]);
  const columns = fitColumns(COLUMNS, rows);
  return style("bold", renderTitles(columns, width).trimEnd()).concat("\n", renderRows(columns, rows, width));
}
