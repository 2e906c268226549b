import { appendFinished, appendRow, assertNew, pendingCall } from "./append-row.ts";
import { bookHold } from "./book.ts";
import { type AdmissionClaim, type AdmissionDecision, decideAdmission } from "./decide-admission.ts";
import { type NeedsDraft, needClaim, needNewCall, needTime } from "./needs.ts";
import { booksOf, keyOf, type Plan, type PlannedChanges, type PlanState, UNCHANGED } from "./plan.ts";
import { type Admission, type AdmitRequest, claimIdentity } from "./requests.ts";
import { type Book, type CallRow, claimId, type KeyRow } from "./rows.ts";

export function admissionNeeds(needs: NeedsDraft, { facts, claim }: AdmitRequest): void {
  needTime(needs, facts.at);
  needNewCall(needs, facts, looksAtBooks(facts.usdMicros, claim));
  if (claim === null) return;
  for (const key of [claim.key, ...claim.otherKeys])
    needClaim(needs, claimIdentity(facts, { scope: claim.scope, key }));
}

/** What costs, and every write: a cap of 0 lets none pass. */
function looksAtBooks(usdMicros: number, claim: AdmitRequest["claim"]): boolean {
  return usdMicros > 0 || claim !== null;
}

/** `Ledger.admit`: what is answered, and the rows and counters that make it true. Pure. */
export function planAdmission(state: PlanState, request: AdmitRequest, owner: string): Plan<Admission> {
  const { facts } = request;
  const key = keyOf(state, facts);
  const { claim } = request;
  const claimed = claim === null ? null : claimedCall(state, request, claim.scope, claim.key);
  const decision = decideAdmission(
    {
      now: state.now,
      key,
      stops: state.stops,
      rateAnchorAt: rateAnchorAt(state, key),
      claim: claimed === null ? null : admissionClaim(claimed),
      others: otherClaims(state, request),
      books: looksAtBooks(facts.usdMicros, request.claim) ? booksOf(state, key) : [],
    },
    request,
  );
  return planDecision({ state, request, key, claimed, owner }, decision);
}

interface Scope {
  readonly state: PlanState;
  readonly request: AdmitRequest;
  readonly key: KeyRow;
  readonly claimed: CallRow | null;
  readonly owner: string;
}

function planDecision(scope: Scope, decision: AdmissionDecision): Plan<Admission> {
  const { state, request, key, claimed } = scope;
  switch (decision.kind) {
    case "admit":
      return planAdmitted(scope, decision.state, decision.lapsed !== null);
    case "claim_changed":
      return { result: { kind: "claim_changed" }, changes: UNCHANGED };
    case "in_flight":
      return { result: { kind: "in_flight", callId: decision.claim.callId }, changes: UNCHANGED };
    case "resend": {
      const { callId, upstreamIdempotencyKey } = decision.claim;
      const result = { kind: "resend", callId, body: decision.body, upstreamIdempotencyKey } as const;
      if (claimed === null) return { result, changes: UNCHANGED };
      return { result, changes: resent(scope, claimed, decision.raiseMicros) };
    }
    case "replay":
      return {
        result: { kind: "replay", callId: decision.claim.callId, answer: decision.answer },
        changes: appendFinished(state, key, {
          facts: request.facts,
          decision: "replayed",
          code: claimed?.code ?? null,
          status: decision.answer.status,
          upstreamRequestId: null,
          objectId: claimed?.objectId ?? null,
          latencyMs: request.latencyMs,
        }),
      };
    case "refuse":
      return {
        result: { kind: "refused", code: decision.code, cap: decision.cap, first: decision.first },
        changes: appendFinished(state, key, {
          facts: request.facts,
          decision: "denied",
          code: decision.code,
          status: request.refusalStatus[decision.code],
          upstreamRequestId: null,
          objectId: null,
          latencyMs: request.latencyMs,
        }),
      };
  }
}

function resent(
  { state, request, key, owner }: Scope,
  claimed: CallRow,
  raiseMicros: number,
): PlannedChanges {
  const call = { ...claimed, state: "held", owner, sentAt: sentAtOf(request) } as const;
  if (raiseMicros === 0) return { call };
  const { amountMinor, currency } = request.facts;
  const usdMicros = claimed.usdMicros + raiseMicros;
  return { call: { ...call, usdMicros, amountMinor, currency }, books: heldBooks(state, key, raiseMicros) };
}

function planAdmitted(
  { state, request, key, claimed, owner }: Scope,
  callState: "none" | "held",
  takesClaimOver: boolean,
): Plan<Admission> {
  const { facts, claim } = request;
  assertNew(state, facts.callId);
  const call = pendingCall(facts, callState, {
    upstreamIdempotencyKey: claim?.upstreamIdempotencyKey ?? null,
    objectId: request.objectId,
  });
  const holder =
    callState === "held" ? { claim, owner, sentAt: sentAtOf(request) } : { claim, owner: null, sentAt: null };
  const appended = appendRow(state, { ...key, calls: key.calls + 1 }, call, holder);
  const row = takesClaimOver && claimed !== null ? { ...appended, lapsed: claimed } : appended;
  if (facts.usdMicros === 0) return { result: { kind: "admitted" }, changes: row };
  const books = heldBooks(state, key, facts.usdMicros);
  return { result: { kind: "admitted" }, changes: { ...row, books } };
}

function heldBooks(state: PlanState, key: KeyRow, micros: number): Book[] {
  return booksOf(state, key).map((book) =>
    bookHold({ ...book, grantedCapMicros: book.capMicros ?? 0 }, micros),
  );
}

/** When the caller will have sent it, by its clock: it asks right before it does. */
export function sentAtOf({ facts, latencyMs }: AdmitRequest): number {
  return facts.at + Math.max(0, Math.round(latencyMs));
}

/** The call that has this claim already. */
function claimedCall(state: PlanState, { facts }: AdmitRequest, scope: string, key: string): CallRow | null {
  const callId = state.claims.get(claimId(claimIdentity(facts, { scope, key })));
  return callId === undefined ? null : (state.calls.get(callId) ?? null);
}

/** The calls that have the claims of the act as other operations say it. */
function otherClaims(state: PlanState, request: AdmitRequest): AdmissionClaim[] {
  const { claim } = request;
  if (claim === null) return [];
  return claim.otherKeys
    .map((key) => claimedCall(state, request, claim.scope, key))
    .map((row) => (row === null ? null : admissionClaim(row)))
    .filter((other) => other !== null);
}

function admissionClaim(row: CallRow): AdmissionClaim | null {
  const { callId, vaultKeyId, usdMicros, state, at, postedAt, objectId, claim } = row;
  if (claim === null) return null;
  const { id: _id, ...rest } = claim;
  return { callId, vaultKeyId, usdMicros, state, at, postedAt, objectId, ...rest };
}

/** When the row was booked that must have left the rate's window before one more may come. */
function rateAnchorAt(state: PlanState, key: KeyRow): number | null {
  if (key.ratePerMinute === null) return null;
  const anchor = key.rateNumber - key.ratePerMinute + 1;
  if (anchor < 1) return null;
  // What the store did not load was booked by this very batch.
  return key.rateAnchors.get(anchor) ?? state.now;
}
