import type { AlertDelivery, AlertTargetInfo } from "@keybrake/core";
import type { Output } from "../io.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

const TARGETS: readonly Column[] = [
  { title: "target", width: 39 },
  { title: "kind", width: 7 },
  { title: "name", width: 8, widthMax: 60 },
  { title: "host", width: 8, widthMax: 60 },
  { title: "dropped", width: 7, align: "right" },
  { title: "told of", width: 8, widthMax: 80 },
];

const DELIVERIES: readonly Column[] = [
  { title: "at", width: 20 },
  { title: "state", width: 9 },
  { title: "tries", width: 5, align: "right" },
  { title: "last", width: 6, widthMax: 20 },
  { title: "type", width: 10, widthMax: 21 },
  { title: "alert", width: 12, widthMax: 200 },
];

/** Titles first. */
function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
  style: Output["style"],
): string {
  const fitted = fitColumns(columns, rows);
  return style("bold", renderTitles(fitted, width).trimEnd()).concat("\n", renderRows(fitted, rows, width));
}

export function renderAlertTargets(
  targets: readonly AlertTargetInfo[],
  width: number | undefined,
  style: Output["style"],
): string {
  const rows = targets.map(({ id, kind, name, host, dropped, types }) => [
    ...[id, kind, printable(name)],
    host === null ? "unreadable" : printable(host),
    String(dropped),
    types === null ? "everything" : types.join(", "),
  ]);
  return table(TARGETS, rows, width, style);
}

export function renderDeliveries(
  deliveries: readonly AlertDelivery[],
  width: number | undefined,
  style: Output["style"],
): string {
  const rows = deliveries.map(({ created_at: at, state, attempts, status, error, type, summary }) => [
    `${at.slice(0, 19)}Z`,
    state,
    String(attempts),
    error === null ? String(status ?? "") : printable(error),
    type,
    printable(summary),
  ]);
  return table(DELIVERIES, rows, width, style);
}
