import { bookSettle } from "./book.ts";
import { decideSettlement } from "./decide-settlement.ts";
import { assertBooks, LedgerError } from "./errors.ts";
import { type NeedsDraft, needCall, needTime } from "./needs.ts";
import { booksOf, type Plan, type PlannedChanges, type PlanState } from "./plan.ts";
import type { Settlement } from "./requests.ts";
import type { Book, CallRow } from "./rows.ts";
import type { CallState } from "./types.ts";

export function settlementNeeds(needs: NeedsDraft, { callId, at, state, usdMicros }: Settlement): void {
  needTime(needs, at);
  needCall(needs, callId, state === "posted" && usdMicros > 0);
}

/** `Ledger.settle`: the row with its outcome, and the books with what was held and what moved. Pure. */
export function planSettlement(state: PlanState, settlement: Settlement): Plan<void> {
  const row = state.calls.get(settlement.callId);
  if (row === undefined) throw new LedgerError("call_not_found", "There is no such call to settle.");
  const decision = decideSettlement(row, settlement);
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
  const settled = settledRow(row, settlement, decision.state, decision.keepsClaim, state.now);
  const changes: PlannedChanges = {
    call: settled,
    answered: row.callId,
    givesClaimBack: row.hasClaim && !settled.hasClaim,
    // A call without a claim is never replayed.
    ...(settlement.answer !== null && settled.hasClaim ? { answer: settlement.answer } : {}),
  };
  if (releaseMicros === 0 && postMicros === 0) return { result: undefined, changes };
  const key = state.keys.get(row.vaultKeyId);
  assertBooks(key !== undefined, "a call's vault key is missing");
  const books = booksOf(state, key).map((book) => settledBook(book, releaseMicros, postMicros, state.now));
  return { result: undefined, changes: { ...changes, books, postMicros } };
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
  state: CallState,
  keepsClaim: boolean,
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
