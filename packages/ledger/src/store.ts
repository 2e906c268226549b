import type { AdminBook } from "./admins/admin-book.ts";
import type { AlertBook } from "./alerts/alert-book.ts";
import type { Approval, ApprovalFilter } from "./approvals.ts";
import type {
  CallFilter,
  Claim,
  ClaimIdentity,
  CountedObject,
  StoredAnswer,
  UnresolvedCall,
  UnresolvedFilter,
  UnresolvedSum,
} from "./requests.ts";
import type { Pruned, PruneRequest } from "./retention.ts";
import type {
  Book,
  BudgetRow,
  CallRow,
  KeyRow,
  LoadedBook,
  NewBudgetRow,
  NewCall,
  NewKeyRow,
  ObjectRow,
  UndoneRow,
} from "./rows.ts";
import type { SpendBook } from "./spend/spend-book.ts";
import type { Turns } from "./turns.ts";
import type { Call, NewBudget, NewVaultKey, Stop } from "./types.ts";

/**
 * What a place that keeps the books must do: load, write and list. It decides nothing: the plans do, which
 * every store shares. Whatever it rejects with is a `LedgerError`.
 */
export interface Store {
  /**
   * One transaction: loads what `needs` names and keeps others from changing it, calls `decide`, writes what
   * it answered, and resolves when that is durable. `decide` is synchronous and does no I/O, so that a store
   * may do the whole in two round trips; it owns the loaded state from then on.
   *
   * Rejects when nothing was written. With a code that is the store's own fault (`isFaultOfStore`), the
   * same would happen to every operation of the batch; any other code is a contradiction in what was to be
   * written (`assertion_failed`), and the group commit then tries each operation in a transaction of its own.
   */
  transact(needs: Needs, decide: (state: LoadedState) => Changes): Promise<void>;

  /** What can change of a key. Asked for with every call, so it must be cheap. */
  findKey(by: { readonly id: string } | { readonly hash: string }): Promise<KeyStanding | null>;
  /** The latest time that any event has brought (`LoadedState.now`). */
  ledgerTime(): Promise<number>;
  /** What never changes of keys; asked for once, then kept. Keys that do not exist are left out. */
  readKeys(ids: readonly string[]): Promise<readonly NewVaultKey[]>;
  keyUse(id: string, at: number): Promise<KeyUse | null>;
  /** All that stand, oldest first. */
  listStops(): Promise<readonly Stop[]>;
  /** Every key that is neither revoked nor expired nor paused: reads them all. */
  usableKeys(at: number): Promise<readonly UsableKey[]>;
  /** Newest first, from below a sequence number on. */
  listKeys(page: SequencePage & { readonly at: number }): Promise<readonly KeyUse[]>;
  budgetUse(name: string, at: number): Promise<BudgetUse | null>;
  /** By name in the order of code points, from behind a name on. */
  listBudgets(page: {
    readonly afterName: string;
    readonly limit: number;
    readonly at: number;
  }): Promise<readonly BudgetUse[]>;
  findClaim(claim: ClaimIdentity): Promise<Claim | null>;
  /** Sum of what posted and awaiting calls counted for an upstream object. */
  countedMicros(object: CountedObject): Promise<number>;
  getCall(callId: string): Promise<Call | null>;
  getApproval(approvalId: string): Promise<Approval | null>;
  /** Newest first; `at` is the moment by which their status is told. */
  listApprovals(
    filter: ApprovalFilter,
    page: SequencePage & { readonly at: number },
  ): Promise<readonly Approval[]>;
  /** Unknown and awaiting calls, oldest first, from above a sequence on. */
  listUnresolved(page: {
    readonly above: number;
    readonly limit: number;
  }): Promise<readonly (UnresolvedCall & { readonly sequence: number })[]>;
  /** Held, unknown and awaiting money of real keys; a state without calls is left out. */
  sumUnresolved(filter: UnresolvedFilter | null): Promise<readonly UnresolvedSum[]>;
  /** Newest first, in the order of booking. */
  listCalls(filter: CallFilter, page: SequencePage): Promise<readonly ListedCall[]>;
  /** Everything that `verify` compares, as it is at `at` or at ledger time, whichever is later. */
  audit(at: number): Promise<StoreAudit>;
  /** Durably moves ledger time to `at`, if that is later, and writes no less than a call with everything in it. */
  ping(at: number): Promise<void>;
  /** One step of removing what is old (`retention.ts`). What is left is right after each. */
  prune(request: PruneRequest): Promise<Pruned>;
  /**
   * From now on, calls `listener` with the calls that others on the same store have answered. Best effort: what is
   * answered while the store is away is not told.
   */
  follow(listener: (answered: readonly string[]) => void): void;
  /** Null: no other process has this store open. */
  readonly turns: Turns | null;
  /**
   * Copies the whole store into a file that is empty or not there, as it is at some moment of the call, while transactions go
   * on. Null: its server has tools of its own for that.
   */
  readonly copyTo: ((file: string) => Promise<void>) | null;
  /** Who is told of what happens in the books; beside them, and in no call's transaction. */
  readonly alerts: AlertBook;
  /** Who may use the admin API, and what they have done. */
  readonly admins: AdminBook;
  /** What was spent over time. */
  readonly spend: SpendBook;
  close(): Promise<void>;
}

/** A page of a list that is ordered by sequence. `below` is exclusive; null starts at the newest. */
export interface SequencePage {
  readonly below: number | null;
  readonly limit: number;
}

/** What the operations of one batch ask a store to load, before any of them is decided. */
export interface Needs {
  /** The latest time that an operation brought; 0 when none did. */
  readonly at: number;
  /** How many numbers are wanted for new rows of each kind; more than are used. */
  readonly numbers: { readonly calls: number; readonly keys: number; readonly budgets: number };
  readonly keys: ReadonlyMap<string, KeyNeed>;
  /** Keys of which all that come of them are loaded. */
  readonly families: ReadonlySet<string>;
  /** By `claimId`. */
  readonly claims: ReadonlyMap<string, ClaimIdentity>;
  /** Calls to settle, with their key and, when they hold or post money, its books. */
  readonly calls: ReadonlyMap<string, { readonly posts: boolean }>;
  /** By `countedId`: objects with their pending calls, these with their keys and books. */
  readonly objects: ReadonlyMap<string, CountedObject>;
  /** Ids that no call may have yet. */
  readonly newCallIds: ReadonlySet<string>;
  /** Ids and hashes that no key may have yet; the id is null for a new secret of a key that is there. */
  readonly newKeys: readonly { readonly id: string | null; readonly hash: string }[];
  /** Shared budgets by name, with all their ancestors and the books of all these. */
  readonly budgets: ReadonlySet<string>;
  /** Approvals by id. */
  readonly approvals: ReadonlySet<string>;
  /** Keys by id: their approvals that are not used, and have not ended by `at`. */
  readonly approvalsOf: ReadonlySet<string>;
}

export interface KeyNeed {
  /** Whether money may be held: then the books of all the key's budgets and of their ancestors are loaded. */
  readonly books: boolean;
  /** How many rows of the batch may count against the key's rate: as many anchors are loaded. */
  readonly rateAnchors: number;
}

/** What one transaction sees. The maps are `decide`'s own: it changes them as it goes. */
export interface LoadedState {
  /**
   * Ledger time: the latest time that any event has brought, this batch's included; it never runs backwards.
   *
   * One time for the whole batch is safe: all its operations have arrived when it is decided and become
   * durable at one moment, so the latest time that one of them brought has been reached for all of them. It is
   * as if that operation's clock had been looked at first and then each operation been decided in the order of
   * arrival, which is one of the orders in which they may be served. Nothing is freed before a clock
   * that the ledger trusts has said that its time has come, and what ends (a key) ends no later.
   */
  readonly now: number;
  /** All that stand. */
  readonly stops: readonly Stop[];
  /** The first number that is free for each kind; as many follow as `Needs.numbers` asked for. */
  readonly firstNumber: { readonly call: number; readonly key: number; readonly budget: number };
  readonly keys: Map<string, KeyRow>;
  /** By call id: those to settle, those that have a claim that was asked for, and those pending for an object. */
  readonly calls: Map<string, CallRow>;
  /** The call that has a claim, by `claimId`. */
  readonly claims: Map<string, string>;
  /** By `countedId`. */
  readonly objects: Map<string, ObjectRow>;
  readonly takenCallIds: Set<string>;
  readonly takenKeyIds: Set<string>;
  readonly takenKeyHashes: Set<string>;
  /** By name. */
  readonly budgets: Map<string, BudgetRow>;
  /** By `bookId`; what has left the window is told apart (`LoadedBook.expired`). */
  readonly books: Map<number, LoadedBook>;
  /** By id, in the order of asking. */
  readonly approvals: Map<string, Approval>;
}

/** Everything that one transaction writes, in the order of the fields. */
export interface Changes {
  /**
   * Ledger time to keep, and the most by which a row of the batch arrived behind it; written even when nothing
   * else is, so that a batch shows whether the store can be written. Null when every operation failed.
   */
  readonly clock: { readonly at: number; readonly lagMs: number } | null;
  readonly newBudgets: readonly NewBudgetRow[];
  readonly newKeys: readonly NewKeyRow[];
  /** Sequences of calls whose claim may be made anew; by a new call of this very batch, too. */
  readonly claimsGivenBack: readonly number[];
  readonly newCalls: readonly NewCall[];
  /** Rows as they are now; the body of the act is kept while it may have to be sent again (held, unknown, awaiting). */
  readonly calls: ReadonlyMap<string, CallRow>;
  /** Answers about these objects that were kept before this batch are not kept any longer. */
  readonly undone: readonly UndoneRow[];
  /** Answers of claimed calls, by the call's sequence; a later one replaces an earlier one. */
  readonly answers: ReadonlyMap<number, StoredAnswer>;
  /** Sequences of calls whose answer is known to have reached somebody. */
  readonly delivered: readonly number[];
  /** `calls`, `rateNumber` and `newestCall` of keys, and their revocation. */
  readonly keys: ReadonlyMap<string, KeyRow>;
  readonly revocations: ReadonlyMap<string, number>;
  /** Since when keys are paused, by their id; null: resumed. */
  readonly pauses: ReadonlyMap<string, number | null>;
  /** Whether a key above is paused: 1 or 0. */
  readonly pausesAbove: ReadonlyMap<string, number>;
  /** Keys with a new secret. */
  readonly rotations: ReadonlyMap<string, Rotation>;
  /** All stops that stand from now on; null: as before. */
  readonly stops: readonly Stop[] | null;
  /** New caps by the budget's id. */
  readonly caps: ReadonlyMap<number, number>;
  /** Books by id; where `expiredUpTo` is set, postings up to that time are deleted. */
  readonly books: ReadonlyMap<number, Book>;
  readonly expiredUpTo: ReadonlyMap<number, number>;
  /** What was posted at ledger time, by book; only to books with a window. */
  readonly postings: ReadonlyMap<number, number>;
  /** New and changed approvals by id, as they are now. */
  readonly approvals: ReadonlyMap<string, Approval>;
  /** Owners whose held rows become unknown. */
  readonly deadOwners: readonly string[];
  /** Calls that have their answer now, in order; not written, but told to whoever follows the store elsewhere. */
  readonly answered: readonly string[];
}

/** The secrets of a key that has another one since. */
export type Rotation = Pick<KeyRow, "hash" | "previousHash" | "previousEndsAt">;

/** What can change of a key. */
export interface KeyStanding extends Rotation {
  readonly id: string;
  readonly sequence: number;
  readonly revokedAt: number | null;
  readonly pausedAt: number | null;
  readonly pausedAbove: number;
  readonly calls: number;
  /** All that stand; left out when there are none. */
  readonly stops?: readonly Stop[];
}

/** A key that may be used, as stops look at it. */
export type UsableKey = Pick<NewVaultKey, "id" | "role" | "labels">;

export interface KeyUse {
  readonly key: KeyStanding;
  /** Its own book first. */
  readonly books: readonly LoadedBook[];
}

export interface BudgetUse {
  readonly budget: NewBudget;
  /** Its own book for real keys first, then those of its ancestors. */
  readonly books: readonly LoadedBook[];
}

export interface ListedCall {
  readonly sequence: number;
  readonly call: Call;
}

/** A figure of a book that is not what the calls say. */
export interface Difference {
  readonly book: BookName;
  readonly counted: number;
  readonly actual: number;
}

export interface BookName {
  /** The shared budget's name, or null and then the key whose own it is. */
  readonly name: string | null;
  readonly vaultKeyId: string | null;
  readonly simulate: boolean;
}

export interface StoreAudit {
  readonly calls: number;
  readonly heldMicros: number;
  readonly postedMicros: number;
  readonly unknownMicros: number;
  readonly awaitingMicros: number;
  /** Held counters against pending calls. */
  readonly holds: readonly Difference[];
  /** Posted counters, and the oldest posting, against the postings (for a lifetime: against the calls). */
  readonly counters: readonly Difference[];
  /** Postings against posted calls. A posting that has left the window may be gone; no other may. */
  readonly postings: readonly (Difference & { readonly postedAt: number })[];
  /** Books that used (`counted`) more than the higher of cap and granted cap (`actual`). */
  readonly overruns: readonly Difference[];
}
