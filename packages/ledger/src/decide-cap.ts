import { type BookState, bookFits } from "./book.ts";
import type { CapDetail } from "./requests.ts";

/**
 * The first budget that a hold would pass; null when every one has room. A cap of 0 means read-only: under it no
 * claim passes, whatever it costs.
 */
export function decideCap(
  books: readonly BookState[],
  requestedMicros: number,
  isClaimed: boolean,
): CapDetail | null {
  if (requestedMicros > 0 && books.every((book) => book.capMicros === null)) {
    // Money without any limit is not a thing that an agent gets.
    return { budget: null, capMicros: 0, windowMs: null, spentMicros: 0, heldMicros: 0, requestedMicros };
  }
  for (const book of books) {
    const { name, capMicros, windowMs, postedMicros, heldMicros } = book;
    if (capMicros === null) continue;
    const isReadOnly = capMicros === 0 && isClaimed;
    const fits = requestedMicros === 0 || bookFits(book, requestedMicros);
    if (fits && !isReadOnly) continue;
    const detail = { capMicros, windowMs, spentMicros: postedMicros, heldMicros, requestedMicros };
    const isAbove = name === null && book !== books[0];
    return isAbove ? { budget: name, above: true, ...detail } : { budget: name, ...detail };
  }
  return null;
}
