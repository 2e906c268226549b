import type { StopInfo } from "@keybrake/core";
import type { Output } from "../io.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "id", width: 37 },
  { title: "since (UTC)", width: 16 },
  { title: "keys", width: 5, align: "right" },
  { title: "stops", width: 12, widthMax: 30 },
  { title: "reason", width: 6, widthMax: 40 },
];

/** What a stop refuses, in words. */
export function whatStops({ role, agent, labels }: StopInfo): string {
  const named = [
    ...(role === null ? [] : [`role ${role}`]),
    ...(agent === null ? [] : [`agent ${printable(agent)}`]),
    ...Object.entries(labels).map(([name, value]) => `${printable(name)}=${printable(value)}`),
  ];
  return named.length === 0 ? "everything" : named.join(", ");
}

/** A list of stops; titles first. */
export function renderStops(
  stops: readonly StopInfo[],
  width: number | undefined,
  style: Output["style"],
): string {
  const rows = stops.map((stop) => [
    stop.id,
    `${stop.at.slice(0, 10)} ${stop.at.slice(11, 16)}`,
    String(stop.keys),
    whatStops(stop),
    stop.reason === null ? "" : printable(stop.reason),
  ]);
  const columns = fitColumns(COLUMNS, rows);
  return style("bold", renderTitles(columns, width).trimEnd()).concat("\n", renderRows(columns, rows, width));
}
