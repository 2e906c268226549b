import { LedgerError } from "./errors.ts";
import type { PlannedChanges, PlanState } from "./plan.ts";
import { type ClaimRequest, claimIdentity, type RecordRequest } from "./requests.ts";
import { type CallRow, claimId, type KeyRow } from "./rows.ts";
import type { Call, CallFacts, CallState } from "./types.ts";

/** Who forwards a call, when, and under which claim; nothing of it for a row that is final at once. */
export interface RowHolder {
  readonly claim: ClaimRequest | null;
  readonly owner: string | null;
  readonly sentAt: number | null;
}

const UNSENT = { upstreamIdempotencyKey: null, objectId: null };

const NOBODY: RowHolder = { claim: null, owner: null, sentAt: null };

/** Throws `call_exists`. */
export function assertNew(state: PlanState, callId: string): void {
  if (state.takenCallIds.has(callId)) {
    throw new LedgerError("call_exists", "There is a call with this id already.");
  }
}

/**
 * A new row of a key: in the order of booking, in the chain of the key's rows and, unless denied, among those
 * that the key's rate counts.
 */
export function appendRow(state: PlanState, key: KeyRow, call: Call, holder: RowHolder): PlannedChanges {
  const sequence = state.nextNumber.call;
  const isCounted = key.ratePerMinute !== null && call.decision !== "denied";
  const rateNumber = isCounted ? key.rateNumber + 1 : null;
  return {
    key: { ...key, rateNumber: rateNumber ?? key.rateNumber, newestCall: sequence },
    newCall: { call, sequence, previousOfKey: key.newestCall, bookedAt: state.now, rateNumber, ...holder },
    call: rowOf(call, sequence, holder),
  };
}

/** A new row that is final at once; it reserves nothing. Throws `call_exists`. */
export function appendFinished(state: PlanState, key: KeyRow, request: RecordRequest): PlannedChanges {
  const { facts, ...outcome } = request;
  assertNew(state, facts.callId);
  const pending = pendingCall(facts, "none", UNSENT);
  // What was refused after all would have been nothing else.
  const wouldCode = outcome.decision === "denied" ? null : pending.wouldCode;
  const call: Call = { ...pending, wouldCode, ...outcome };
  return { ...appendRow(state, key, call, NOBODY), answered: facts.callId };
}

/** The row of a call that is admitted and not answered. */
export function pendingCall(
  facts: CallFacts,
  state: CallState,
  { upstreamIdempotencyKey, objectId }: Pick<Call, "upstreamIdempotencyKey" | "objectId">,
): Call {
  return {
    ...facts,
    decision: "allowed",
    code: null,
    customer: facts.customer ?? null,
    wouldCode: facts.wouldCode ?? null,
    state,
    status: null,
    upstreamRequestId: null,
    upstreamIdempotencyKey,
    objectId,
    latencyMs: null,
    times: 1,
    settledBy: null,
    settledReason: null,
    overHoldMicros: 0,
  };
}

/** The row as later operations of the same batch meet it. */
function rowOf(call: Call, sequence: number, { claim, owner, sentAt }: RowHolder): CallRow {
  return {
    callId: call.callId,
    sequence,
    vaultKeyId: call.vaultKeyId,
    vendor: call.vendor,
    account: call.account,
    simulate: call.simulate,
    at: call.at,
    decision: call.decision,
    state: call.state,
    owner,
    postedAt: null,
    usdMicros: call.usdMicros,
    amountMinor: call.amountMinor,
    currency: call.currency,
    code: call.code,
    wouldCode: call.wouldCode,
    status: call.status,
    upstreamRequestId: call.upstreamRequestId,
    objectId: call.objectId,
    latencyMs: call.latencyMs,
    settledBy: call.settledBy,
    settledReason: call.settledReason,
    sentAt,
    overHoldMicros: call.overHoldMicros,
    hasClaim: claim !== null,
    claim:
      claim === null
        ? null
        : {
            id: claimId(claimIdentity(call, claim)),
            actDigest: claim.actDigest,
            sharedDigest: claim.sharedDigest,
            body: claim.body,
            upstreamIdempotencyKey: claim.upstreamIdempotencyKey,
            answer: null,
            idempotencyKey: call.idempotencyKey,
            delivered: false,
          },
  };
}
