import type { CallSums } from "../admin/sum-calls.ts";
import type { Output } from "../io.ts";
import { formatMicros } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles } from "./table.ts";

/** What was added up, and of which time. */
export interface CallReport {
  /** As the user asked for it: `agent`, `label.team`. */
  readonly by: string;
  /** ISO 8601; inclusive. */
  readonly from: string;
  /** ISO 8601; exclusive. */
  readonly to: string;
  readonly groups: readonly CallSums[];
  readonly total: CallSums;
}

/** 80 columns with two-digit counts and thousands of dollars. */
const NUMBERS: readonly Column[] = [
  { title: "moved", width: 10, align: "right" },
  { title: "held", width: 8, align: "right" },
  { title: "posted", width: 6, align: "right" },
  { title: "replayed", width: 8, align: "right" },
  { title: "denied", width: 6, align: "right" },
  { title: "calls", width: 5, align: "right" },
];

function cellsOf(name: string, sums: CallSums): string[] {
  const { movedMicros, heldMicros, posted, replayed, denied, calls } = sums;
  const money = [movedMicros, heldMicros].map(formatMicros);
  return [name, ...money, ...[posted, replayed, denied, calls].map(String)];
}

/** A line for each, and one for all; titles first. */
export function renderReport(report: CallReport, width: number | undefined, style: Output["style"]): string {
  const rows = report.groups.map((sums) => cellsOf(printable(sums.name ?? "(none)"), sums));
  const total = cellsOf("all", report.total);
  const columns = fitColumns([{ title: report.by, width: 30, widthMax: 90 }, ...NUMBERS], [...rows, total]);
  const titles = style("bold", renderTitles(columns, width).trimEnd());
  const period = style("dim", `${report.from.slice(0, 16)} to ${report.to.slice(0, 16)} UTC`);
  return `${period}\n${titles}\n${renderRows(columns, rows, width)}${renderRows(columns, [total], width)}`;
}

function figuresOf({ movedMicros, heldMicros, posted, replayed, denied, calls }: CallSums) {
  return { moved_usd: movedMicros / 1e6, held_usd: heldMicros / 1e6, posted, replayed, denied, calls };
}

/** The same as one JSON object. */
export function reportJson({ by, from, to, groups, total }: CallReport): string {
  const data = groups.map((sums) => ({ name: sums.name, ...figuresOf(sums) }));
  return `${JSON.stringify({ by, from, to, data, total: figuresOf(total) })}\n`;
}

/** One CSV field (RFC 4180); a text that a spreadsheet would run as a formula gets an apostrophe in front. */
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a header line and without the total, which a spreadsheet makes itself. Lines end in CRLF. */
export function reportCsv({ by, groups }: CallReport): string {
  const header = [csvField(by), "moved_usd", "held_usd", "posted", "replayed", "denied", "calls"].join(",");
  const lines = groups.map((sums) =>
    [csvField(sums.name ?? ""), ...Object.values(figuresOf(sums)).map(String)].join(","),
  );
  return [header, ...lines, ""].join("\r\n");
}
