import { LedgerError } from "./errors.ts";
import type { Page, PageRequest } from "./requests.ts";

/** The lists that have cursors. One list's cursor means nothing to another. */
export type CursorList = "calls" | "keys" | "budgets" | "unresolved" | "approvals";

/** An opaque cursor: the position (a sequence number or a name) of the last row of a page. */
export function encodeCursor(list: CursorList, position: string | number): string {
  return Buffer.from(`${list}:${position}`).toString("base64url");
}

/** The position in a cursor made by `encodeCursor` for a list ordered by name. Throws `cursor_invalid`. */
export function decodeNameCursor(list: CursorList, cursor: string): string {
  const text = typeof cursor === "string" ? Buffer.from(cursor, "base64url").toString() : "";
  if (!text.startsWith(`${list}:`) || encodeCursor(list, text.slice(list.length + 1)) !== cursor) {
    throw new LedgerError("cursor_invalid", "The cursor is not one that this list has given out.");
  }
  return text.slice(list.length + 1);
}

/** The position in a cursor made by `encodeCursor` for a list ordered by sequence. Throws `cursor_invalid`. */
export function decodeSequenceCursor(list: CursorList, cursor: string): number {
  const sequence = Number(decodeNameCursor(list, cursor));
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw new LedgerError("cursor_invalid", "The cursor is not one that this list has given out.");
  }
  return sequence;
}

/** A page of rows that were asked for with one more than it holds: that one says whether there is a next. */
export function cutPage<T>(
  list: CursorList,
  rows: readonly T[],
  page: PageRequest,
  position: (row: T) => string | number,
): { shown: readonly T[]; nextCursor: Page<T>["nextCursor"] } {
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return { shown, nextCursor: last === undefined ? null : encodeCursor(list, position(last)) };
}
