import { assertBooks } from "./errors.ts";

/** A budget's counters at one moment, with everything outside its window already taken off. */
export interface BookState {
  /** The shared budget's name; null for a vault key's own. */
  readonly name: string | null;
  /** Null: use is counted and nothing is refused. */
  readonly capMicros: number | null;
  /** Null: nothing ever leaves. */
  readonly windowMs: number | null;
  /** Reserved: held and unknown together. */
  readonly heldMicros: number;
  /** Moved within the window. */
  readonly postedMicros: number;
}

/** Throws `assertion_failed` unless it is a non-negative safe integer: the only money there is. */
function assertMicros(micros: number, what: string): void {
  assertBooks(Number.isSafeInteger(micros) && micros >= 0, `${what} is ${micros} micros`);
}

/** What the book still allows, never negative; null when it has no cap. */
export function bookRemainingMicros(book: BookState): number | null {
  if (book.capMicros === null) return null;
  return Math.max(0, book.capMicros - book.heldMicros - book.postedMicros);
}

/** The least that any of them still allows; null when none has a cap. */
export function leastRemainingMicros(books: readonly BookState[]): number | null {
  const remaining = books.map(bookRemainingMicros).filter((micros) => micros !== null);
  return remaining.length === 0 ? null : Math.min(...remaining);
}

/** Whether a hold of so much keeps held + posted within the cap. */
export function bookFits(book: BookState, micros: number): boolean {
  // Subtractions, because a sum of two large safe integers may not be one.
  return book.capMicros === null || micros <= book.capMicros - book.heldMicros - book.postedMicros;
}

/** Reserves. The caller has checked `bookFits`; this checks it again, because money depends on it. */
export function bookHold<B extends BookState>(book: B, micros: number): B {
  assertBooks(bookFits(book, micros), `a hold of ${micros} micros passes the cap`);
  return checked({ ...book, heldMicros: book.heldMicros + micros });
}

/** Reserves whatever the cap: for a key that only observes. It grants what it holds. */
export function bookHoldAnyway<B extends BookState & { readonly grantedCapMicros: number }>(
  book: B,
  micros: number,
): B {
  const heldMicros = book.heldMicros + micros;
  const grantedCapMicros = Math.max(book.capMicros ?? 0, heldMicros + book.postedMicros);
  return checked({ ...book, heldMicros, grantedCapMicros });
}

/** Gives a hold back and counts what moved. It moved, so this may pass the cap; `verify` reports it then. */
export function bookSettle<B extends BookState>(book: B, releaseMicros: number, postMicros: number): B {
  return checked({
    ...book,
    heldMicros: book.heldMicros - releaseMicros,
    postedMicros: book.postedMicros + postMicros,
  });
}

/** Takes off what has left the window. */
export function bookExpire<B extends BookState>(book: B, micros: number): B {
  return checked({ ...book, postedMicros: book.postedMicros - micros });
}

function checked<B extends BookState>(book: B): B {
  assertMicros(book.heldMicros, "a book's held");
  assertMicros(book.postedMicros, "a book's posted");
  return book;
}
