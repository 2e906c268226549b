import type { Output } from "../io.ts";
import type { KeyLook, Look } from "../top/look.ts";
import { formatUsd } from "./money.ts";
import { printable } from "./printable.ts";
import { type Column, fitColumns, renderRows, renderTitles, WIDTH_DEFAULT } from "./table.ts";

type Style = Output["style"];

const BAR = 10;
/** From where on a cap is nearly used up. */
const NEARLY = 0.9;

/** `█████░░░░░`; empty without a cap. What is used beyond the cap shows as a full one. */
export function bar(used: number, cap: number | null, style: Style): string {
  if (cap === null || cap === 0) return "";
  const part = Math.min(1, used / cap);
  const full = part > 0 ? Math.max(1, Math.floor(part * BAR)) : 0;
  const text = `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
  return style(part >= 1 ? "red" : part >= NEARLY ? "yellow" : "green", text);
}

const KEY_COLUMNS: readonly Column[] = [
  { title: "key", width: 14, widthMax: 40 },
  { title: "status", width: 7 },
  { title: "used", width: BAR },
  { title: "spent", width: 8, align: "right" },
  { title: "of", width: 8, align: "right" },
  { title: "held", width: 6, align: "right" },
  { title: "calls/s", width: 7, align: "right" },
  { title: "refused/s", width: 9, align: "right" },
];

function keyCells(key: KeyLook, style: Style): string[] {
  const cap = key.cap === null ? "shared" : formatUsd(key.cap);
  const money = [formatUsd(key.spent), cap, formatUsd(key.held)];
  const refused = key.refused_per_second.toFixed(1);
  return [
    printable(key.name),
    key.status,
    bar(key.spent + key.held, key.cap, style),
    ...money,
    key.calls_per_second.toFixed(1),
    key.refused_per_second > 0 ? style("red", refused) : refused,
  ];
}

const BUDGET_COLUMNS: readonly Column[] = [
  { title: "budget", width: 22, widthMax: 40 },
  { title: "used", width: BAR },
  { title: "spent", width: 8, align: "right" },
  { title: "of", width: 8, align: "right" },
  { title: "held", width: 6, align: "right" },
  { title: "window", width: 8 },
];

interface Screen {
  readonly width: number | undefined;
  /** Lines that there is room for; undefined: as many as it takes. */
  readonly height: number | undefined;
  readonly style: Style;
}

function table(columns: readonly Column[], rows: readonly string[][], { width, style }: Screen): string[] {
  if (rows.length === 0) return [];
  const fitted = fitColumns(columns, rows);
  const text = `${style("bold", renderTitles(fitted, width).trimEnd())}\n${renderRows(fitted, rows, width)}`;
  return ["", ...text.trimEnd().split("\n")];
}

/** One screen: what goes on now, budgets, and as many keys as there is room for, the busiest first. */
export function renderTop(look: Look, proxyUrl: string, screen: Screen): string {
  const { style, width = WIDTH_DEFAULT, height = Number.POSITIVE_INFINITY } = screen;
  const more = look.at_least ? "more than " : "";
  const head = `${new Date(look.at).toISOString().slice(11, 19)} UTC  ${more}${look.calls_per_second.toFixed(1)} calls/s, ${look.refused_per_second.toFixed(1)} refused/s, ${formatUsd(look.held)} held`;
  const budgets = table(
    BUDGET_COLUMNS,
    look.budgets.map(({ name, usd_cap, window, spent, held }) => [
      ...[printable(name), bar(spent + held, usd_cap, style)],
      ...[formatUsd(spent), formatUsd(usd_cap), formatUsd(held), window],
    ]),
    screen,
  );
  const keys = table(
    KEY_COLUMNS,
    look.keys.map((key) => keyCells(key, style)),
    screen,
  );
  const lines = [style("bold", `keybrake ${proxyUrl}`.slice(0, width)), head, ...budgets, ...keys];
  const none = keys.length === 0 ? ["", "No keys in use. Make one with `keybrake keys create`."] : [];
  return [...lines, ...none].slice(0, height).join("\n");
}
