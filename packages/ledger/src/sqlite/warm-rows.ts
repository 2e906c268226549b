import { type Book, bookId, type CallRow, type KeyRow } from "../rows.ts";
import type { Changes, KeyStanding, LoadedState } from "../store.ts";

/**
 * Rows as the file has them, kept from one transaction for the next: this process alone writes the file, so that what
 * it wrote last is what is there. Nothing is known here that the file does not say.
 */
export interface WarmRows {
  key(id: string): KeyRow | undefined;
  keyByHash(hash: string): KeyStanding | undefined;
  book(id: number): Book | undefined;
  /** Only of calls that are under way: they are asked for once more, when they are settled. */
  call(callId: string): CallRow | undefined;
  /** The key that was found by a hash. */
  noteHash(hash: string, standing: KeyStanding): void;
  /** What a committed transaction saw and wrote; `loaded` is as `decide` has left it. */
  keep(loaded: LoadedState, changes: Changes): void;
  /** After a transaction that failed, whatever it has done. */
  forget(): void;
}

/** Of each kind; about 1 KiB each, calls with their request more. All of a kind go when there would be more. */
const ROWS_KEPT_MAX = 20_000;

/** Anchors are asked for anew each time: which ones depends on the batch. */
export const NO_ANCHORS: ReadonlyMap<number, number> = new Map();

export function createWarmRows(): WarmRows {
  const keys = new Map<string, KeyRow>();
  const idsByHash = new Map<string, string>();
  const books = new Map<number, Book>();
  const calls = new Map<string, CallRow>();

  function put<K, V>(rows: Map<K, V>, id: K, row: V): void {
    if (rows.size >= ROWS_KEPT_MAX) rows.clear();
    rows.set(id, row);
  }

  function keepCall(row: CallRow): void {
    if (isUnderWay(row)) put(calls, row.callId, row);
    else calls.delete(row.callId);
  }

  function forget(): void {
    for (const rows of [keys, idsByHash, books, calls]) rows.clear();
  }

  return {
    key: (id) => keys.get(id),
    keyByHash: (hash) => {
      const id = idsByHash.get(hash);
      return id === undefined ? undefined : keys.get(id);
    },
    book: (id) => books.get(id),
    call: (callId) => calls.get(callId),
    noteHash: (hash, { id }) => put(idsByHash, hash, id),
    keep(loaded, changes) {
      // Nothing was written: what the plans have made of the rows is not in the file.
      if (changes.clock === null) return;
      // Those change rows without loading them.
      if (changes.deadOwners.length > 0) return forget();
      for (const row of loaded.keys.values()) put(keys, row.id, { ...row, rateAnchors: NO_ANCHORS });
      for (const { expired: _, ...book } of loaded.books.values()) put(books, book.id, book);
      for (const row of loaded.calls.values()) keepCall(row);
      for (const budgetId of changes.caps.keys()) {
        for (const simulate of [false, true]) books.delete(bookId(budgetId, simulate));
      }
    },
    forget,
  };
}

/** Admitted and not answered. */
function isUnderWay({ decision, latencyMs, settledBy }: CallRow): boolean {
  return decision === "allowed" && latencyMs === null && settledBy === null;
}
