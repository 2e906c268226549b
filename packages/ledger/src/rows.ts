import type { BookState } from "./book.ts";
import type { ClaimIdentity, ClaimRequest, CountedObject, StoredAnswer, Undone } from "./requests.ts";
import type { Call, CallDecision, CallState, NewBudget, NewVaultKey, SettledBy } from "./types.ts";

/*
 * What plans read and write: rows as a transaction works on them, and new rows.
 */

/** A vault key as a transaction works on it. */
export interface KeyRow {
  readonly id: string;
  readonly sequence: number;
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  readonly pausedAt: number | null;
  readonly pausedAbove: number;
  readonly parentId: string | null;
  readonly rootId: string | null;
  readonly hash: string;
  /** Of the secret before the newest, and when it ends or has ended; both null when there was none. */
  readonly previousHash: string | null;
  readonly previousEndsAt: number | null;
  readonly maxCalls: number | null;
  readonly ratePerMinute: number | null;
  /** Calls admitted so far. */
  readonly calls: number;
  /** The number of the newest row that counts against the rate; 1, 2, 3 … per key, refusals left out. */
  readonly rateNumber: number;
  /** When rows were booked, by that number: those that `KeyNeed.rateAnchors` asked for. */
  readonly rateAnchors: ReadonlyMap<number, number>;
  /** The key's newest row: where the chain of `NewCall.previousOfKey` starts. */
  readonly newestCall: number | null;
  /**
   * All books that a call of the key is charged to, each once: its own, then in the key's order, then
   * ancestors. Empty when the books were not asked for.
   */
  readonly bookIds: readonly number[];
}

/** A shared budget as a transaction works on it. */
export interface BudgetRow extends NewBudget {
  readonly id: number;
  /** The ids of the budget itself, its parent, and so on. */
  readonly lineage: readonly number[];
}

/** A book as a transaction works on it. */
export interface Book extends BookState {
  readonly id: number;
  /** The oldest posting in the window: until it leaves, nothing has to be looked up. Null without any. */
  readonly oldestPostedAt: number | null;
  /** The cap under which the last hold was granted: what held + posted must never pass. */
  readonly grantedCapMicros: number;
}

/** A book with what has left its window since it was last written, summed by the store. */
export interface LoadedBook extends Book {
  readonly expired: { readonly micros: number; readonly oldestPostedAt: number | null } | null;
}

/** Of a written call's row, what may still change, and what a repetition of its act is answered with. */
export interface CallRow {
  readonly callId: string;
  readonly sequence: number;
  readonly vaultKeyId: string;
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly at: number;
  readonly decision: CallDecision;
  readonly state: CallState;
  /** Who forwards it; null unless it is held. */
  readonly owner: string | null;
  readonly postedAt: number | null;
  readonly usdMicros: number;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly code: string | null;
  readonly wouldCode: string | null;
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number | null;
  readonly settledBy: SettledBy | null;
  readonly settledReason: string | null;
  /** When it was last sent, by the clock of who sent it; null for what never is. */
  readonly sentAt: number | null;
  readonly overHoldMicros: number;
  /** Whether the row has a claim that it has not given back. */
  readonly hasClaim: boolean;
  /** Loaded when the claim was asked for; null for a row that was asked for by its id alone. */
  readonly claim: ClaimRow | null;
}

export interface ClaimRow {
  /** `claimId` of its identity. */
  readonly id: string;
  readonly actDigest: string;
  readonly sharedDigest: string;
  /** Null once the act is finished: it is never sent again then. */
  readonly body: string | null;
  readonly upstreamIdempotencyKey: string;
  readonly answer: StoredAnswer | null;
  /** As the first caller sent it (`CallFacts.idempotencyKey`). */
  readonly idempotencyKey: string | null;
  /** Whether the answer is known to have reached somebody. */
  readonly delivered: boolean;
}

/** A new row: the call as the audit shows it, and what only the ledger needs. */
export interface NewCall {
  readonly call: Call;
  readonly sequence: number;
  /** The key's row before this one. */
  readonly previousOfKey: number | null;
  /** Ledger time. */
  readonly bookedAt: number;
  readonly rateNumber: number | null;
  readonly claim: ClaimRequest | null;
  readonly owner: string | null;
  readonly sentAt: number | null;
}

export interface NewBudgetRow {
  readonly id: number;
  /** Null for a key's own. */
  readonly name: string | null;
  readonly capMicros: number | null;
  readonly windowMs: number | null;
  readonly parentId: number | null;
  readonly createdAt: number;
  /** Its books, all empty: for real keys, for simulate keys, or both. */
  readonly bookIds: readonly number[];
}

export interface NewKeyRow {
  readonly key: NewVaultKey;
  readonly sequence: number;
  /** As `KeyRow.bookIds`: the first is of the key's own budget, the next are of those that it names. */
  readonly bookIds: readonly number[];
}

/** An upstream object as a transaction works on it. */
export interface ObjectRow {
  /** What its posted calls have counted, and what those hold that await its payer. */
  readonly countedMicros: number;
  /** The calls that hold money for its total, and may or may not have changed it. */
  readonly pending: ReadonlySet<string>;
}

/** What a call says about the total of the object that it names. */
export function shareOf({ state, usdMicros }: CallRow): { countedMicros: number; isPending: boolean } {
  const isCounted = state === "posted" || state === "awaiting";
  return { countedMicros: isCounted ? usdMicros : 0, isPending: state === "held" || state === "unknown" };
}

/** The number of a budget's book, also the order in which stores lock: no two transactions meet crosswise. */
export function bookId(budgetId: number, simulate: boolean): number {
  return budgetId * 2 + (simulate ? 1 : 0);
}

/** Whose book it is: the inverse of `bookId`. */
export function budgetOf(book: number): number {
  return Math.floor(book / 2);
}

/** One text for one claim. Identities hold no NUL (`checkIdentity`), so no two claims share it. */
export function claimId({ vendor, account, simulate, scope, key }: ClaimIdentity): string {
  return `${vendor}\0${account}\0${simulate ? 1 : 0}\0${scope}\0${key}`;
}

/** Objects that calls have made under claims of a scope, and that another call has undone. */
export interface UndoneRow extends Undone {
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
}

/** One text for one object; see `claimId`. */
export function countedId({ vendor, account, simulate, objectId }: CountedObject): string {
  return `${vendor}\0${account}\0${simulate ? 1 : 0}\0${objectId}`;
}
