import type { Approval } from "./approvals.ts";
import { bookExpire } from "./book.ts";
import { asLedgerError, type LedgerError } from "./errors.ts";
import type { PlannedChanges, PlanState } from "./plan.ts";
import type { StoredAnswer } from "./requests.ts";
import {
  type Book,
  bookId,
  type CallRow,
  claimId,
  countedId,
  type KeyRow,
  type LoadedBook,
  type NewBudgetRow,
  type NewCall,
  type NewKeyRow,
  shareOf,
  type UndoneRow,
} from "./rows.ts";
import type { Changes, LoadedState, Rotation } from "./store.ts";
import type { Stop } from "./types.ts";

/** What one operation would change, given what those before it have changed. Throws when it cannot be done. */
export type Planner = (state: PlanState) => PlannedChanges;

export interface DecidedBatch {
  readonly changes: Changes;
  /** For each operation, why it was not done; null when it was. */
  readonly errors: readonly (LedgerError | null)[];
}

/**
 * Decides the operations of one transaction in the order of their arrival. One that throws has changed nothing,
 * so it fails alone and nothing need be rolled back.
 */
export function decideBatch(loaded: LoadedState, planners: readonly Planner[]): DecidedBatch {
  const changes = createDraft();
  const state = openState(loaded, changes);
  const errors: (LedgerError | null)[] = [];
  for (const planner of planners) {
    try {
      const planned = planner(state);
      merge(state, changes, planned);
      if (planned.answered !== undefined) changes.answered.push(planned.answered);
      errors.push(null);
    } catch (error) {
      errors.push(asLedgerError(error));
    }
  }
  const isIdle = errors.every((error) => error !== null);
  return { changes: isIdle ? createDraft() : changes, errors };
}

interface Draft extends Changes {
  clock: { at: number; lagMs: number } | null;
  readonly newBudgets: NewBudgetRow[];
  readonly newKeys: NewKeyRow[];
  readonly newCalls: NewCall[];
  readonly calls: Map<string, CallRow>;
  readonly claimsGivenBack: number[];
  readonly undone: UndoneRow[];
  readonly answers: Map<number, StoredAnswer>;
  readonly delivered: number[];
  readonly keys: Map<string, KeyRow>;
  readonly revocations: Map<string, number>;
  readonly pauses: Map<string, number | null>;
  readonly pausesAbove: Map<string, number>;
  readonly rotations: Map<string, Rotation>;
  stops: readonly Stop[] | null;
  readonly caps: Map<number, number>;
  readonly books: Map<number, Book>;
  readonly expiredUpTo: Map<number, number>;
  readonly postings: Map<number, number>;
  readonly approvals: Map<string, Approval>;
  readonly deadOwners: string[];
  readonly answered: string[];
}

function createDraft(): Draft {
  return {
    clock: null,
    newBudgets: [],
    newKeys: [],
    newCalls: [],
    calls: new Map(),
    claimsGivenBack: [],
    undone: [],
    answers: new Map(),
    delivered: [],
    keys: new Map(),
    revocations: new Map(),
    pauses: new Map(),
    pausesAbove: new Map(),
    rotations: new Map(),
    stops: null,
    caps: new Map(),
    books: new Map(),
    expiredUpTo: new Map(),
    postings: new Map(),
    approvals: new Map(),
    deadOwners: [],
    answered: [],
  };
}

interface WorkingState extends PlanState {
  stops: readonly Stop[];
  readonly nextNumber: { call: number; key: number; budget: number };
  readonly keys: LoadedState["keys"];
  readonly calls: LoadedState["calls"];
  readonly budgets: LoadedState["budgets"];
  readonly books: Map<number, Book>;
  readonly objects: LoadedState["objects"];
  readonly approvals: LoadedState["approvals"];
}

/** The state that the first plan sees: what has left a window is off the books, and will be written so. */
function openState(loaded: LoadedState, changes: Draft): WorkingState {
  const { firstNumber, books, ...state } = loaded;
  changes.clock = { at: loaded.now, lagMs: 0 };
  for (const [id, book] of books) {
    if (book.expired === null) continue;
    const opened = openBook(book);
    books.set(id, opened);
    changes.books.set(id, opened);
    if (book.windowMs !== null) changes.expiredUpTo.set(id, loaded.now - book.windowMs);
  }
  return { ...state, books, nextNumber: { ...firstNumber } };
}

/** A book as it is at the moment for which the store loaded it. */
export function openBook(book: LoadedBook): LoadedBook {
  if (book.expired === null) return book;
  const { micros, oldestPostedAt } = book.expired;
  return { ...bookExpire(book, micros), oldestPostedAt, expired: null };
}

function merge(state: WorkingState, changes: Draft, planned: PlannedChanges): void {
  const { newKey, key, call, budget, cap, books } = planned;
  for (const row of planned.newBudgets ?? []) mergeNewBudget(state, changes, row);
  if (budget !== undefined) state.budgets.set(budget.name, budget);
  if (newKey !== undefined) {
    changes.newKeys.push(newKey);
    state.nextNumber.key++;
    state.takenKeyIds.add(newKey.key.id);
    state.takenKeyHashes.add(newKey.key.hash);
  }
  if (key !== undefined) mergeKey(state, changes, key, planned);
  if (planned.stops !== undefined) {
    state.stops = planned.stops;
    changes.stops = planned.stops;
  }
  if (planned.lapsed !== undefined) mergeLapsed(state, changes, planned.lapsed);
  if (planned.delivered !== undefined) mergeDelivered(state, changes, planned.delivered);
  if (planned.undone !== undefined) mergeUndone(state, changes, planned.undone);
  if (planned.newCall !== undefined) mergeNewCall(state, changes, planned.newCall);
  if (call !== undefined) mergeCall(state, changes, call, planned);
  for (const row of planned.lessened ?? []) mergeLessened(state, changes, row);
  if (books !== undefined) mergeBooks(state, changes, books, planned.posting);
  for (const approval of planned.approvals ?? []) {
    state.approvals.set(approval.approvalId, approval);
    changes.approvals.set(approval.approvalId, approval);
  }
  if (cap !== undefined) mergeCap(state, changes, cap);
  if (planned.deadOwners !== undefined) changes.deadOwners.push(...planned.deadOwners);
}

function mergeKey(state: WorkingState, changes: Draft, key: KeyRow, planned: PlannedChanges): void {
  const { revokedAt, pausedAt, rotation } = planned;
  state.keys.set(key.id, key);
  // A new key's counters are written as they are after the batch.
  changes.keys.set(key.id, key);
  if (revokedAt !== undefined) changes.revocations.set(key.id, revokedAt);
  if (pausedAt !== undefined) changes.pauses.set(key.id, pausedAt);
  for (const { key: below, revokedAt: endedAt, pausedAbove } of planned.family ?? []) {
    state.keys.set(below.id, below);
    if (endedAt !== undefined) changes.revocations.set(below.id, endedAt);
    if (pausedAbove !== undefined) changes.pausesAbove.set(below.id, pausedAbove);
  }
  if (rotation === undefined) return;
  changes.rotations.set(key.id, rotation);
  state.takenKeyHashes.add(rotation.hash);
}

function mergeNewBudget(state: WorkingState, changes: Draft, row: NewBudgetRow): void {
  changes.newBudgets.push(row);
  state.nextNumber.budget++;
  const { name, capMicros, windowMs } = row;
  const empty = { heldMicros: 0, postedMicros: 0, oldestPostedAt: null, grantedCapMicros: 0 };
  for (const id of row.bookIds) state.books.set(id, { id, name, capMicros, windowMs, ...empty });
}

function mergeNewCall(state: WorkingState, changes: Draft, row: NewCall): void {
  changes.newCalls.push(row);
  state.nextNumber.call++;
  state.takenCallIds.add(row.call.callId);
  const lagMs = row.bookedAt - row.call.at;
  if (changes.clock !== null && lagMs > changes.clock.lagMs) changes.clock.lagMs = lagMs;
}

function mergeLapsed(state: WorkingState, changes: Draft, call: CallRow): void {
  const lapsed = { ...call, hasClaim: false };
  changes.claimsGivenBack.push(call.sequence);
  changes.calls.set(call.callId, lapsed);
  state.calls.set(call.callId, lapsed);
  if (call.claim !== null) state.claims.delete(call.claim.id);
}

function mergeDelivered(state: WorkingState, changes: Draft, call: CallRow): void {
  changes.delivered.push(call.sequence);
  if (call.claim !== null)
    state.calls.set(call.callId, { ...call, claim: { ...call.claim, delivered: true } });
}

/** Also of what this batch has loaded or answered: the call that undoes is merged after this, with its own answer. */
function mergeUndone(state: WorkingState, changes: Draft, undone: UndoneRow): void {
  changes.undone.push(undone);
  for (const row of state.calls.values()) {
    if (row.claim === null || row.claim.answer === null || !isUndone(row, undone)) continue;
    changes.answers.delete(row.sequence);
    state.calls.set(row.callId, { ...row, claim: { ...row.claim, answer: null, delivered: true } });
  }
}

function isUndone(row: CallRow, { objectIds, scope, ...of }: UndoneRow): boolean {
  if (row.objectId === null || !objectIds.includes(row.objectId)) return false;
  return row.claim?.id.startsWith(claimId({ ...of, scope, key: "" })) === true;
}

function mergeCall(state: WorkingState, changes: Draft, call: CallRow, planned: PlannedChanges): void {
  countForObject(state, call);
  state.calls.set(call.callId, call);
  if (planned.newCall === undefined) changes.calls.set(call.callId, call);
  if (planned.answer !== undefined) changes.answers.set(call.sequence, planned.answer);
  if (planned.givesClaimBack) {
    changes.claimsGivenBack.push(call.sequence);
    if (call.claim !== null) state.claims.delete(call.claim.id);
  } else if (call.claim !== null && call.hasClaim) {
    state.claims.set(call.claim.id, call.callId);
  }
}

function mergeLessened(state: WorkingState, changes: Draft, row: CallRow): void {
  state.calls.set(row.callId, row);
  // A row of this very batch is written as it was booked first, and then as it is now.
  changes.calls.set(row.callId, row);
}

/** Keeps what is known of the objects that were asked for true. */
function countForObject({ objects, calls }: WorkingState, row: CallRow): void {
  if (objects.size === 0) return;
  const before = calls.get(row.callId);
  if (before !== undefined) addShare(objects, before, -1);
  addShare(objects, row, 1);
}

function addShare(objects: WorkingState["objects"], row: CallRow, sign: 1 | -1): void {
  if (row.objectId === null) return;
  const id = countedId({ ...row, objectId: row.objectId });
  const object = objects.get(id);
  if (object === undefined) return;
  const { countedMicros, isPending } = shareOf(row);
  const pending = new Set(object.pending);
  if (isPending && sign === 1) pending.add(row.callId);
  else pending.delete(row.callId);
  objects.set(id, { countedMicros: object.countedMicros + sign * countedMicros, pending });
}

function mergeBooks(
  state: WorkingState,
  changes: Draft,
  books: readonly Book[],
  posting: PlannedChanges["posting"],
): void {
  for (const book of books) {
    state.books.set(book.id, book);
    changes.books.set(book.id, book);
    if (posting === undefined || book.windowMs === null || !posting.bookIds.includes(book.id)) continue;
    changes.postings.set(book.id, (changes.postings.get(book.id) ?? 0) + posting.micros);
  }
}

function mergeCap(state: WorkingState, changes: Draft, cap: { budgetId: number; capMicros: number }): void {
  changes.caps.set(cap.budgetId, cap.capMicros);
  for (const id of [bookId(cap.budgetId, false), bookId(cap.budgetId, true)]) {
    const book = state.books.get(id);
    if (book !== undefined) state.books.set(id, { ...book, capMicros: cap.capMicros });
  }
}
