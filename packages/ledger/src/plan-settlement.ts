import { bookSettle } from "./book.ts";
import { decideSettlement, type Sender, type SettlementDecision } from "./decide-settlement.ts";
import { assertBooks, LedgerError } from "./errors.ts";
import { type NeedsDraft, needCall, needObject, needTime } from "./needs.ts";
import { booksOf, type Plan, type PlannedChanges, type PlanState } from "./plan.ts";
import type { Settled, Settlement } from "./requests.ts";
import { type Book, type CallRow, countedId, type KeyRow, type ObjectRow, shareOf } from "./rows.ts";

export function settlementNeeds(needs: NeedsDraft, settlement: Settlement): void {
  const { callId, at, state, usdMicros, totalOf } = settlement;
  needTime(needs, at);
  needCall(needs, callId, state === "posted" && usdMicros > 0);
  if (totalOf !== null && state === "posted") needObject(needs, totalOf);
}

/** `Ledger.settle`: the row with its outcome, and the books with what was held and what moved. Pure. */
export function planSettlement(state: PlanState, settlement: Settlement, sender: Sender): Plan<Settled> {
  const row = state.calls.get(settlement.callId);
  if (row === undefined) throw new LedgerError("call_not_found", "There is no such call to settle.");
  const object = objectOf(state, row, settlement);
  const uncounted = Math.max(0, settlement.usdMicros - countedByOthers(object, row, settlement));
  const exact = {
    ...settlement,
    usdMicros: uncounted - leftToOthers(state, row, object, settlement, uncounted),
  };
  const decision = decideSettlement(row, exact, sender);
  if (decision.kind === "already_settled") {
    throw new LedgerError("call_already_settled", "The call has its outcome; it is never overwritten.");
  }
  if (decision.kind === "in_flight") {
    const message = "The call is being sent, or was sent again: what was found out before says nothing.";
    throw new LedgerError("call_in_flight", message);
  }
  if (decision.kind === "contradiction") {
    throw new LedgerError("settlement_invalid", "A hold that costs something cannot be settled as a read.");
  }
  const { releaseMicros, postMicros } = decision;
  const newlyCountedMicros = postMicros - countedByItself(row, settlement.objectId);
  const lessened = lessenedCalls(state, row, object, newlyCountedMicros);
  const overHoldMicros = Math.max(0, postMicros - releaseMicros - coveredMicros(row, lessened));
  const settled = { ...settledRow(row, exact, decision, state.now), overHoldMicros };
  const changes: PlannedChanges = {
    call: settled,
    lessened: lessened.map(({ row, byMicros }) => ({ ...row, usdMicros: row.usdMicros - byMicros })),
    answered: row.callId,
    givesClaimBack: row.hasClaim && !settled.hasClaim,
    ...undoneBy(row, settlement),
    // A call without a claim is never replayed.
    ...(settlement.answer !== null && settled.hasClaim ? { answer: settlement.answer } : {}),
  };
  const result = { overHoldMicros };
  if (releaseMicros === 0 && postMicros === 0) return { result, changes };
  const own = booksOf(state, keyOfRow(state, row)).map((book) =>
    settledBook(book, releaseMicros, postMicros, state.now),
  );
  const books = releaseBooks(state, own, lessened);
  if (postMicros === 0) return { result, changes: { ...changes, books } };
  const posting = { micros: postMicros, bookIds: own.map(({ id }) => id) };
  return { result, changes: { ...changes, books, posting } };
}

function undoneBy({ vendor, account, simulate }: CallRow, { undoes }: Settlement): PlannedChanges {
  return undoes === null ? {} : { undone: { vendor, account, simulate, ...undoes } };
}

/** The object whose total is settled; null when what moved is new as a whole. */
function objectOf(state: PlanState, row: CallRow, { state: outcome, totalOf }: Settlement): ObjectRow | null {
  if (totalOf === null || outcome !== "posted") return null;
  const { vendor, account, simulate } = row;
  if (countedId({ ...totalOf, vendor, account, simulate }) !== countedId(totalOf)) {
    throw new LedgerError("settlement_invalid", "totalOf must be of the call's vendor and account.");
  }
  const object = state.objects.get(countedId(totalOf));
  assertBooks(object !== undefined, "a counted object was not loaded");
  return object;
}

/** What the object's other calls have counted: a call that awaits its payer counts what it holds, and holds it still. */
function countedByOthers(object: ObjectRow | null, row: CallRow, { totalOf }: Settlement): number {
  if (object === null) return 0;
  return object.countedMicros - countedByItself(row, totalOf?.objectId ?? null);
}

function countedByItself(row: CallRow, objectId: string | null): number {
  return row.objectId === objectId ? shareOf(row).countedMicros : 0;
}

/**
 * A look-up shows what the object has come to by now, and not who made it so. What exceeds the call's hold, and its key's
 * others, is left to the calls of other keys as far as they hold it: their budgets have let it pass, and not this key's.
 */
function leftToOthers(
  state: PlanState,
  row: CallRow,
  object: ObjectRow | null,
  { by }: Settlement,
  micros: number,
): number {
  if (object === null || by.kind !== "reconciler") return 0;
  const pending = [...object.pending].filter((callId) => callId !== row.callId);
  const rows = pending.map((callId) => pendingRow(state, callId));
  const held = (is: (other: CallRow) => boolean) =>
    rows.filter(is).reduce((sum, { usdMicros }) => sum + usdMicros, 0);
  const own = row.usdMicros + held(({ vaultKeyId }) => vaultKeyId === row.vaultKeyId);
  return Math.min(
    Math.max(0, micros - own),
    held(({ vaultKeyId }) => vaultKeyId !== row.vaultKeyId),
  );
}

function pendingRow(state: PlanState, callId: string): CallRow {
  const row = state.calls.get(callId);
  assertBooks(row !== undefined, "a pending call of an object was not loaded");
  return row;
}

/** A pending call, and how much less it holds from now on. */
interface Lessened {
  readonly row: CallRow;
  readonly byMicros: number;
}

/**
 * The other calls that hold money for the object's total: what is counted for it only now, none of them will post
 * again, so each holds that much less. Without this, one payment would take its room under the cap twice. What the
 * call itself counted while it waited for its payer they have never held.
 */
function lessenedCalls(
  state: PlanState,
  settled: CallRow,
  object: ObjectRow | null,
  newlyCountedMicros: number,
): Lessened[] {
  if (newlyCountedMicros <= 0) return [];
  const pending = [...(object?.pending ?? [])].filter((callId) => callId !== settled.callId);
  return pending
    .map((callId) => {
      const row = pendingRow(state, callId);
      return { row, byMicros: Math.min(row.usdMicros, newlyCountedMicros) };
    })
    .filter(({ byMicros }) => byMicros > 0);
}

/** What the key itself held for the object by other calls. */
function coveredMicros({ vaultKeyId }: CallRow, lessened: readonly Lessened[]): number {
  const own = lessened.filter(({ row }) => row.vaultKeyId === vaultKeyId);
  return own.reduce((sum, { byMicros }) => sum + byMicros, 0);
}

function releaseBooks(state: PlanState, own: readonly Book[], lessened: readonly Lessened[]): Book[] {
  const books = new Map(own.map((book) => [book.id, book]));
  for (const { row, byMicros } of lessened) {
    for (const loaded of booksOf(state, keyOfRow(state, row))) {
      books.set(loaded.id, bookSettle(books.get(loaded.id) ?? loaded, byMicros, 0));
    }
  }
  return [...books.values()];
}

function keyOfRow(state: PlanState, { vaultKeyId }: CallRow): KeyRow {
  const key = state.keys.get(vaultKeyId);
  assertBooks(key !== undefined, "a call's vault key is missing");
  return key;
}

function settledBook(book: Book, releaseMicros: number, postMicros: number, now: number): Book {
  const settled = bookSettle(book, releaseMicros, postMicros);
  if (postMicros === 0 || book.windowMs === null || book.oldestPostedAt !== null) return settled;
  return { ...settled, oldestPostedAt: now };
}

/**
 * The exact figures replace the hold's only when money moved. A settlement that answered nobody (a
 * reconciler's) leaves the answer that was given as it is recorded.
 */
function settledRow(
  row: CallRow,
  settlement: Settlement,
  { state, keepsClaim }: Extract<SettlementDecision, { readonly kind: "apply" }>,
  now: number,
): CallRow {
  const { usdMicros, amountMinor, currency } = state === "posted" ? settlement : row;
  const hasClaim = row.hasClaim && keepsClaim;
  const { by } = settlement;
  const isSettled = state === "posted" || state === "voided";
  return {
    ...row,
    state,
    owner: null,
    postedAt: state === "posted" ? now : null,
    usdMicros,
    amountMinor,
    currency,
    code: settlement.status === null ? (settlement.code ?? row.code) : settlement.code,
    status: settlement.status ?? row.status,
    upstreamRequestId: settlement.upstreamRequestId ?? row.upstreamRequestId,
    objectId: settlement.objectId ?? row.objectId,
    latencyMs: settlement.latencyMs ?? row.latencyMs,
    settledBy: isSettled ? by.kind : null,
    settledReason: isSettled && by.kind === "person" ? by.reason : null,
    hasClaim,
    claim:
      row.claim === null
        ? null
        : {
            ...row.claim,
            body: isSettled ? null : row.claim.body,
            answer: settlement.answer ?? row.claim.answer,
          },
  };
}
