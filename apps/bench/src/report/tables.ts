import Table from "cli-table3";
import type { Spread } from "../measure/statistics.ts";
import { blocksOf, comparisonsOf, type Line, lineOf } from "./figures.ts";
import { OURS, type Report, THEIRS } from "./report.ts";

/** A report as plain text in 80 columns. */

/** Three digits that matter, as far as a time needs them. */
function time(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function spread({ min, max }: Spread): string {
  return `${min.toFixed(2)}–${max.toFixed(2)}`;
}

const NO_BORDERS = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"]
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((name) => [name, ""]),
);

interface Column {
  readonly title: string;
  readonly width: number;
}

/** The first column is a name, the others are numbers. */
function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const text = new Table({
    chars: { ...NO_BORDERS, "left-mid": "", "right-mid": "", middle: " " },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map((_, index) => (index === 0 ? "left" : "right")),
  });
  text.push(
    columns.map(({ title }) => title),
    ...rows.map((row) => [...row]),
  );
  return text.toString().replace(/ +$/gm, "");
}

const LINE_COLUMNS: readonly Column[] = [
  { title: "", width: 17 },
  { title: "req/s", width: 7 },
  { title: "ratio", width: 6 },
  { title: "min–max", width: 11 },
  { title: "p50 ms", width: 7 },
  { title: "p99", width: 6 },
  { title: "p99.9", width: 6 },
  { title: "CPU ms", width: 7 },
  { title: "MiB", width: 5 },
];

function lineCells(line: Line): readonly string[] {
  const { lane, requestsPerSecond, ratio, loadBound } = line;
  return [
    `${lane}${loadBound ? "*" : ""}`,
    requestsPerSecond.toFixed(0),
    ratio?.median.toFixed(2) ?? "",
    ratio === null ? "" : spread(ratio),
    time(line.p50Ms),
    time(line.p99Ms),
    time(line.p999Ms),
    line.cpuMsPer1000.toFixed(0),
    line.peakRssMiB.toFixed(0),
  ];
}

export const PLACES = {
  pinned: "what is measured on one core, the load on another",
  free: "anywhere on the machine",
} as const;

function connectionsText(count: number): string {
  return count === 1 ? "1 connection" : `${count} connections`;
}

function speedText({ speed }: Report): readonly string[] {
  return blocksOf(speed).map(({ placement, connections, series }) => {
    const bare = series.find(({ lane }) => lane === "bare") ?? null;
    const rows = series.map((entry) => lineCells(lineOf(entry, bare)));
    return `${connectionsText(connections)}, ${PLACES[placement]} (ratio to bare)\n${table(LINE_COLUMNS, rows)}`;
  });
}

function comparisonText({ speed, commit, againstCommit }: Report): readonly string[] {
  const comparisons = comparisonsOf(speed, OURS, THEIRS);
  if (comparisons.length === 0) return [];
  const columns = [
    { title: "", width: 8 },
    { title: "cores", width: 6 },
    { title: "connections", width: 12 },
    { title: "req/s", width: 6 },
    { title: "min–max", width: 10 },
    { title: "p50", width: 5 },
    { title: "min–max", width: 10 },
    { title: "CPU", width: 5 },
    { title: "min–max", width: 10 },
  ];
  const rows = comparisons.map(({ kind, placement, connections, rate, p50, cpu }) => [
    kind,
    placement,
    String(connections),
    rate.median.toFixed(2),
    spread(rate),
    p50.median.toFixed(2),
    spread(p50),
    cpu.median.toFixed(2),
    spread(cpu),
  ]);
  return [`this checkout (${commit}) over the other (${againstCommit})\n${table(columns, rows)}`];
}

function startText({ starts, growth }: Report): readonly string[] {
  const all = [...starts, ...(growth?.starts ?? [])];
  if (all.length === 0) return [];
  const columns = [
    { title: "", width: 25 },
    { title: "ms", width: 6 },
    { title: "min–max", width: 13 },
  ];
  const rows = all.map(({ name, startMs: { median, min, max } }) => [
    name,
    median.toFixed(0),
    `${min.toFixed(0)}–${max.toFixed(0)}`,
  ]);
  return [`start of the process to its first connection\n${table(columns, rows)}`];
}

/** Every target over the first, which has an empty store, for writes and for reads. */
function growthText({ growth }: Report): readonly string[] {
  const [first] = growth?.series ?? [];
  if (growth === null || first === undefined) return [];
  const kindOf = (lane: string) => lane.slice(lane.lastIndexOf(", ") + 2);
  const columns = LINE_COLUMNS.with(0, { title: "", width: 25 }).toSpliced(6, 2);
  const rows = growth.series.map((entry) => {
    const base = growth.series.find(
      ({ target, lane }) => target === first.target && kindOf(lane) === kindOf(entry.lane),
    );
    return lineCells(lineOf(entry, base ?? null)).toSpliced(6, 2);
  });
  return [`${connectionsText(first.connections)} (ratio to the empty store)\n${table(columns, rows)}`];
}

function toolsText({ tools }: Report): readonly string[] {
  if (tools.length === 0) return [];
  const columns = [
    { title: "", width: 14 },
    { title: "plain µs", width: 9 },
    { title: "keybrake", width: 9 },
    { title: "added", width: 6 },
    { title: "min–max", width: 13 },
    { title: "make tools µs", width: 14 },
  ];
  const rows = tools.map(({ framework, plainUs, keybrakeUs, overheadUs, createUs }) => [
    framework,
    time(plainUs.median),
    time(keybrakeUs.median),
    time(overheadUs.median),
    `${time(overheadUs.min)}–${time(overheadUs.max)}`,
    time(createUs.median),
  ]);
  return [`one simulated tool call in the framework, over a plain tool\n${table(columns, rows)}`];
}

/** The explanations that the tables need, and what could not be measured. */
function notesText(report: Report): readonly string[] {
  const { speed, notes } = report;
  const bound = blocksOf(speed).some(({ series }) => series.some((entry) => lineOf(entry, null).loadBound));
  const explained =
    speed.length === 0
      ? []
      : [
          "Medians over the rounds; min–max is that of the ratio. CPU ms: of the process",
          "under test per 1,000 requests; MiB: the most resident memory in a round.",
        ];
  return [
    [
      ...explained,
      ...(bound ? ["* the load itself had no time left: this is its limit."] : []),
      ...notes,
    ].join("\n"),
  ];
}

export function reportText(report: Report): string {
  const { machine, commit, seconds, at } = report;
  const { cpu, cores, memoryGiB, system, node } = machine;
  const head = `${cpu}, ${cores} cores, ${memoryGiB} GiB\n${system}, Node ${node}, commit ${commit}, ${at.slice(0, 10)}, ${seconds.toFixed(0)} s`;
  return [
    head,
    ...speedText(report),
    ...comparisonText(report),
    ...startText(report),
    ...growthText(report),
    ...toolsText(report),
    ...notesText(report),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
