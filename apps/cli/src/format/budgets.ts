import type { BudgetInfo } from "@keybrake/core";
import type { Output } from "../io.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, renderRows, renderTitles } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "budget", width: 28, widthMax: 60 },
  { title: "cap (24 h)", width: 12, align: "right" },
  { title: "spent", width: 12, align: "right" },
  { title: "held", width: 12, align: "right" },
  { title: "remaining", width: 12, align: "right" },
];

/** Shared budgets and their use in the last 24 h; titles first. */
export function renderBudgets(
  budgets: readonly BudgetInfo[],
  width: number | undefined,
  style: Output["style"],
): string {
  const rows = budgets.map(({ name, daily_usd_cap, spent, held, remaining }) => [
    printable(name),
    ...[daily_usd_cap, spent, held, remaining].map(formatUsd),
  ]);
  return style("bold", renderTitles(COLUMNS, width).trimEnd()).concat("\n", renderRows(COLUMNS, rows, width));
}
