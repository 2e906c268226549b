import { appendFinished, appendRow, assertNew, pendingCall } from "./append-row.ts";
import type { Approval, ApprovalRequest } from "./approvals.ts";
import { bookHold, bookHoldAnyway } from "./book.ts";
import { type AdmissionClaim, type AdmissionDecision, decideAdmission } from "./decide-admission.ts";
import type { Agreed, NotAgreed } from "./decide-approval.ts";
import { type NeedsDraft, needClaim, needNewCall, needTime } from "./needs.ts";
import { booksOf, keyOf, type Plan, type PlannedChanges, type PlanState, UNCHANGED } from "./plan.ts";
import { ended, newApproval } from "./plan-approval.ts";
import { type Admission, type AdmitRequest, type AskedApproval, claimIdentity } from "./requests.ts";
import { type Book, type CallRow, claimId, type KeyRow } from "./rows.ts";

export function admissionNeeds(needs: NeedsDraft, { facts, claim, approval }: AdmitRequest): void {
  needTime(needs, facts.at);
  if (approval !== null) needs.approvalsOf.add(facts.vaultKeyId);
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
      approvals: request.approval === null ? [] : approvalsOf(state, key),
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
      return planAdmitted(scope, decision);
    case "claim_changed":
      return { result: { kind: "claim_changed" }, changes: UNCHANGED };
    case "in_flight":
      return { result: { kind: "in_flight", callId: decision.claim.callId }, changes: UNCHANGED };
    case "resend": {
      const { callId, upstreamIdempotencyKey } = decision.claim;
      const result = { kind: "resend", callId, body: decision.body, upstreamIdempotencyKey } as const;
      if (claimed === null) return { result, changes: UNCHANGED };
      const approvals = usedUp(scope, decision.agreed);
      return { result, changes: { ...resent(scope, claimed, decision), ...approvals } };
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
      return planRefused(scope, decision);
  }
}

function planRefused(
  { state, request, key }: Scope,
  { code, cap, first, notAgreed }: Extract<AdmissionDecision, { readonly kind: "refuse" }>,
): Plan<Admission> {
  const row = appendFinished(state, key, {
    facts: request.facts,
    decision: "denied",
    code,
    status: request.refusalStatus[code],
    upstreamRequestId: null,
    objectId: null,
    latencyMs: request.latencyMs,
  });
  const refused = { kind: "refused", code, cap, first } as const;
  if (notAgreed === null || request.approval === null)
    return { result: { ...refused, approval: null }, changes: row };
  const { asked, outdated } = askedOf({ state, request }, notAgreed, request.approval);
  const approvals = notAgreed.kind === "ask" && asked !== null ? [...outdated, asked] : [];
  return { result: { ...refused, approval: shown(asked) }, changes: { ...row, approvals } };
}

/** What a person was asked before, or is from now on; null when nobody is. */
function askedOf(
  { state, request }: Pick<Scope, "state" | "request">,
  notAgreed: NotAgreed,
  asking: ApprovalRequest,
): { readonly asked: Approval | null; readonly outdated: readonly Approval[] } {
  if (notAgreed.kind === "full") return { asked: null, outdated: [] };
  if (notAgreed.kind !== "ask") return { asked: notAgreed.approval, outdated: [] };
  const at = momentOf(state, request);
  const { cause, outdated } = notAgreed;
  // It stands where the row of the call stands that asks.
  const asked = newApproval(asking, { facts: request.facts, sequence: state.nextNumber.call, cause, at });
  return { asked, outdated: ended(outdated, at) };
}

function shown(asked: Approval | null): AskedApproval {
  if (asked === null) return { approvalId: null, endsAt: null, cause: null, reason: null };
  const { approvalId, endsAt, cause, decidedReason: reason } = asked;
  return { approvalId, endsAt, cause, reason };
}

/** By the clock that ends first what ends. */
function momentOf(state: PlanState, { deadlineTime }: AdmitRequest): number {
  return Math.max(state.now, deadlineTime);
}

/** The approval that admits the call is used in the transaction of its hold: no other call is ever admitted by it. */
function usedUp({ state, request }: Scope, agreed: Agreed | null): Pick<PlannedChanges, "approvals"> {
  if (agreed === null || agreed.approval === null) return {};
  const used: Approval = { ...agreed.approval, state: "used", usedBy: request.facts.callId };
  return { approvals: [used, ...ended(agreed.outdated, momentOf(state, request))] };
}

function approvalsOf(state: PlanState, { id }: KeyRow): Approval[] {
  return [...state.approvals.values()].filter(({ facts }) => facts.vaultKeyId === id);
}

function resent(
  scope: Scope,
  claimed: CallRow,
  { raiseMicros, would }: Extract<AdmissionDecision, { readonly kind: "resend" }>,
): PlannedChanges {
  const { request, owner, key } = scope;
  // Another key's row says nothing of what the policy of this one speaks against.
  const noted = claimed.vaultKeyId === key.id ? (request.facts.wouldCode ?? would) : null;
  const wouldCode = claimed.wouldCode ?? noted;
  const call = { ...claimed, state: "held", owner, sentAt: sentAtOf(request), wouldCode } as const;
  if (raiseMicros === 0) return { call };
  const { amountMinor, currency } = request.facts;
  const usdMicros = claimed.usdMicros + raiseMicros;
  return { call: { ...call, usdMicros, amountMinor, currency }, books: heldBooks(scope, raiseMicros) };
}

function planAdmitted(
  scope: Scope,
  { state: callState, lapsed, agreed, would }: Extract<AdmissionDecision, { readonly kind: "admit" }>,
): Plan<Admission> {
  const { state, request, key, claimed, owner } = scope;
  const { claim } = request;
  // What was noted on the way comes before what the ledger notes.
  const facts =
    would === null ? request.facts : { ...request.facts, wouldCode: request.facts.wouldCode ?? would };
  assertNew(state, facts.callId);
  const call = pendingCall(facts, callState, {
    upstreamIdempotencyKey: claim?.upstreamIdempotencyKey ?? null,
    objectId: request.objectId,
  });
  const holder =
    callState === "held" ? { claim, owner, sentAt: sentAtOf(request) } : { claim, owner: null, sentAt: null };
  const appended = appendRow(state, { ...key, calls: key.calls + 1 }, call, holder);
  const taken = lapsed !== null && claimed !== null ? { ...appended, lapsed: claimed } : appended;
  const row = agreed === null ? taken : { ...taken, ...usedUp(scope, agreed) };
  if (facts.usdMicros === 0) return { result: { kind: "admitted" }, changes: row };
  const books = heldBooks(scope, facts.usdMicros);
  return { result: { kind: "admitted" }, changes: { ...row, books } };
}

/** A key that observes passes caps knowingly: what is held and posted then is what was granted. */
function heldBooks({ state, key, request }: Scope, micros: number): Book[] {
  const books = booksOf(state, key);
  if (request.observes === true) return books.map((book) => bookHoldAnyway(book, micros));
  return books.map((book) => bookHold({ ...book, grantedCapMicros: book.capMicros ?? 0 }, micros));
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
