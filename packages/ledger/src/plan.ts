import type { Approval } from "./approvals.ts";
import { assertBooks, LedgerError } from "./errors.ts";
import type { StoredAnswer } from "./requests.ts";
import type {
  Book,
  BudgetRow,
  CallRow,
  KeyRow,
  NewBudgetRow,
  NewCall,
  NewKeyRow,
  ObjectRow,
  UndoneRow,
} from "./rows.ts";
import type { LoadedState, Rotation } from "./store.ts";
import type { CallFacts, Stop } from "./types.ts";

/** What a plan sees: what the store loaded, and what the operations before it in the batch have changed. */
export interface PlanState
  extends Pick<LoadedState, "takenCallIds" | "takenKeyHashes" | "takenKeyIds" | "claims"> {
  /** Ledger time, one for the whole batch (`LoadedState.now`). */
  readonly now: number;
  /** All that stand. */
  readonly stops: readonly Stop[];
  readonly nextNumber: { readonly call: number; readonly key: number; readonly budget: number };
  readonly keys: ReadonlyMap<string, KeyRow>;
  readonly calls: ReadonlyMap<string, CallRow>;
  readonly budgets: ReadonlyMap<string, BudgetRow>;
  readonly books: ReadonlyMap<number, Book>;
  readonly objects: ReadonlyMap<string, ObjectRow>;
  readonly approvals: ReadonlyMap<string, Approval>;
}

/** What one operation answers, and what it changes. A plan that throws changes nothing. */
export interface Plan<T> {
  readonly result: T;
  readonly changes: PlannedChanges;
}

/** What one operation changes. Rows are whole: as they are from now on. */
export interface PlannedChanges {
  readonly newBudgets?: readonly NewBudgetRow[];
  /** A new or changed shared budget, as later operations of the batch see it. */
  readonly budget?: BudgetRow;
  readonly newKey?: NewKeyRow;
  readonly key?: KeyRow;
  readonly revokedAt?: number;
  /** Of `key`; null: it is resumed. */
  readonly pausedAt?: number | null;
  /** What a change of `key` is for those that come of it. */
  readonly family?: readonly FamilyChange[];
  /** Of `key`. */
  readonly rotation?: Rotation;
  /** All that stand from now on. */
  readonly stops?: readonly Stop[];
  readonly newCall?: NewCall;
  /** A changed row or, beside `newCall`, the new one as later operations of the batch see it. */
  readonly call?: CallRow;
  /** The answer of `call`, for replays. */
  readonly answer?: StoredAnswer;
  /** The call whose claim has lapsed, and is the new call's. */
  readonly lapsed?: CallRow;
  /** The call whose answer has reached somebody. */
  readonly delivered?: CallRow;
  /** Objects that `call` has undone: what was answered about them is kept no longer. */
  readonly undone?: UndoneRow;
  /** Whether `call` has given its claim back just now. */
  readonly givesClaimBack?: boolean;
  /** Rows of other calls that hold less now. */
  readonly lessened?: readonly CallRow[];
  readonly books?: readonly Book[];
  /** What was posted at ledger time, and to which of `books`. */
  readonly posting?: { readonly micros: number; readonly bookIds: readonly number[] };
  /** New and changed ones, as they are now. */
  readonly approvals?: readonly Approval[];
  readonly cap?: { readonly budgetId: number; readonly capMicros: number };
  readonly deadOwners?: readonly string[];
  /** The call that has its answer now: whoever subscribed hears of it. */
  readonly answered?: string;
}

export interface FamilyChange {
  readonly key: KeyRow;
  readonly revokedAt?: number;
  readonly pausedAbove?: number;
}

/** Changes nothing. */
export const UNCHANGED: PlannedChanges = {};

/** The key of a call. Throws `vault_key_not_found`, or `argument_invalid` when the facts are another key's. */
export function keyOf(state: PlanState, facts: CallFacts): KeyRow {
  const key = state.keys.get(facts.vaultKeyId);
  if (key === undefined) throw new LedgerError("vault_key_not_found", "There is no such vault key.");
  const isOfKey =
    facts.vendor === key.vendor && facts.account === key.account && facts.simulate === key.simulate;
  if (!isOfKey) {
    throw new LedgerError("argument_invalid", "vendor, account and simulate must be those of the vault key.");
  }
  return key;
}

/** All books that a call of the key is charged to, each once: the key's own first. */
export function booksOf(state: PlanState, key: KeyRow): Book[] {
  assertBooks(key.bookIds.length > 0, `the books of vault key ${key.id} are missing`);
  return key.bookIds.map((id) => bookById(state, id));
}

export function bookById(state: PlanState, id: number): Book {
  const book = state.books.get(id);
  assertBooks(book !== undefined, `book ${id} is missing`);
  return book;
}
