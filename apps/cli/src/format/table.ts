import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";

/** A column is as wide as `width`, and up to `widthMax` where the terminal has room. */
export interface Column {
  readonly title: string;
  readonly width: number;
  readonly widthMax?: number;
  readonly align?: "left" | "right";
  /** A cell that is too long goes on in the next line, where others end in an ellipsis. */
  readonly wraps?: true;
}

/** What output is laid out for when there is no terminal, and at the least. */
export const WIDTH_DEFAULT = 80;
const GAP = 1;

/** Column widths for a line of `width`: the room beyond the least is given out from left to right. */
function widthsFor(columns: readonly Column[], width: number): number[] {
  let room = width - columns.reduce((sum, column) => sum + column.width, 0) - GAP * (columns.length - 1);
  return columns.map((column) => {
    const extra = Math.max(0, Math.min(room, (column.widthMax ?? column.width) - column.width));
    room -= extra;
    return column.width + extra;
  });
}

/** Columns of a terminal that a cell takes at most: what is not ASCII may take two. */
function cellWidth(cell: string): number {
  return stripVTControlCharacters(cell).replace(/[^ -~]/gu, "  ").length;
}

/**
 * The columns of a table whose rows are all there: those aligned right, which hold numbers, are never cut, and none
 * is wider than its cells, so that the others have the room.
 */
export function fitColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly Column[] {
  return columns.map((column, index) => {
    const { title, width, widthMax = width, align = "left" } = column;
    const needed = Math.max(...[title, ...rows.map((row) => row[index] ?? "")].map(cellWidth));
    if (align === "right") return { title, align, width: needed };
    return { title, align, width: Math.min(width, needed), widthMax: Math.min(widthMax, needed) };
  });
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ".repeat(GAP),
};

/**
 * Rows of cells as text without borders, each line ended; too long cells end in `…`. Cells must be printable
 * (`printable.ts`); they may hold colours.
 */
export function renderRows(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number = WIDTH_DEFAULT,
): string {
  if (rows.length === 0) return "";
  const table = new Table({
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colWidths: widthsFor(columns, width),
    colAligns: columns.map((column) => column.align ?? "left"),
  });
  const cellOf = (content: string, index: number) =>
    columns[index]?.wraps ? { content, wordWrap: true, wrapOnWordBoundary: false } : content;
  table.push(...rows.map((row) => row.map(cellOf)));
  return `${table.toString().replace(/ +$/gm, "")}\n`;
}

/** The titles as one line, to be followed by `renderRows` of the same columns and width. */
export function renderTitles(columns: readonly Column[], width: number = WIDTH_DEFAULT): string {
  return renderRows(columns, [columns.map((column) => column.title)], width);
}
