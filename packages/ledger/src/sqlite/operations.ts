import { budgetHold, budgetPost, budgetRelease } from "../budget.ts";
import { type AdmissionDecision, decideAdmission } from "../decide-admission.ts";
import { decideSettlement } from "../decide-settlement.ts";
import { LedgerError } from "../errors.ts";
import type {
  Admission,
  AdmitRequest,
  Call,
  CallFacts,
  ClaimRequest,
  RecordRequest,
  Settlement,
} from "../types.ts";
import type { BudgetStatements } from "./budget-statements.ts";
import type { CallStatements, ClaimedCall } from "./call-statements.ts";
import type { Unit, UnitKey } from "./unit.ts";

export interface OperationContext {
  readonly calls: CallStatements;
  readonly budgets: BudgetStatements;
  /** Whether anybody wants to hear of finished rows; reading them back costs. */
  readonly isObserved: () => boolean;
}

/** `Ledger.admit`, inside a transaction: loads the state, lets the pure function decide, applies. */
export function admit(context: OperationContext, unit: Unit, request: AdmitRequest): Admission {
  const { facts, claim } = request;
  const key = unit.key(facts.vaultKeyId);
  const now = unit.tick(facts.at);
  const claimed = claim === null ? null : context.calls.loadClaim(claim.scope, claim.key);
  const decision = decideAdmission(
    {
      now,
      key,
      rateAnchorAt: rateAnchorAt(context, key),
      claim: claimed,
      budgets: facts.usdCents === 0 ? [] : unit.budgetsOf(key, now),
    },
    request,
  );
  return apply({ context, unit, request, key, now, claimed }, decision);
}

interface RowScope {
  readonly context: OperationContext;
  readonly unit: Unit;
  readonly key: UnitKey;
  /** Ledger time. */
  readonly now: number;
}

interface AdmitScope extends RowScope {
  readonly request: AdmitRequest;
  readonly claimed: ClaimedCall | null;
}

function apply(scope: AdmitScope, decision: AdmissionDecision): Admission {
  const { request, claimed } = scope;
  switch (decision.kind) {
    case "admit":
      return applyAdmit(scope, decision.state);
    case "unclaimed":
      return { kind: "unclaimed" };
    case "in_flight":
      return { kind: "in_flight", callId: decision.claim.callId };
    case "resend":
      scope.context.calls.hold(decision.claim.callId);
      return {
        kind: "resend",
        callId: decision.claim.callId,
        body: decision.body,
        upstreamKey: decision.claim.upstreamKey,
      };
    case "replay":
      insertFinished(scope, {
        facts: request.facts,
        decision: "replayed",
        code: claimed?.code ?? null,
        status: decision.answer.status,
        upstreamRequestId: null,
        objectId: claimed?.objectId ?? null,
        latencyMs: request.latencyMs,
      });
      return { kind: "replay", callId: decision.claim.callId, answer: decision.answer };
    case "refuse":
      insertFinished(scope, {
        facts: request.facts,
        decision: "denied",
        code: decision.code,
        status: request.refusalStatus[decision.code],
        upstreamRequestId: null,
        objectId: null,
        latencyMs: request.latencyMs,
      });
      return { kind: "refused", code: decision.code, cap: decision.cap };
  }
}

function applyAdmit(scope: AdmitScope, state: "none" | "held"): Admission {
  const { context, unit, request, now } = scope;
  const { facts, claim } = request;
  assertNew(context, facts);
  const { key } = scope;
  if (facts.usdCents > 0) {
    for (const budget of unit.budgetsOf(key, now)) {
      const held = budgetHold(budget, facts.usdCents);
      unit.putBudget({ ...held, grantedCapCents: held.capCents ?? 0 });
    }
  }
  const counted = { ...key, calls: key.calls + 1 };
  insertRow({ ...scope, key: counted }, { ...pending(facts), state }, claim);
  return { kind: "admitted" };
}

/** `Ledger.record`, inside a transaction. */
export function record(context: OperationContext, unit: Unit, request: RecordRequest): void {
  const key = unit.key(request.facts.vaultKeyId);
  insertFinished({ context, unit, key, now: unit.tick(request.facts.at) }, request);
}

/** `Ledger.settle`, inside a transaction. */
export function settle(context: OperationContext, unit: Unit, settlement: Settlement): void {
  const row = context.calls.loadSettlement(settlement.callId);
  if (row === null) throw new LedgerError("call_not_found", "There is no such call to settle.");
  const decision = decideSettlement(row, settlement);
  if (decision.kind === "already_settled") {
    throw new LedgerError("call_already_settled", "The call has its outcome; it is never overwritten.");
  }
  if (decision.kind === "contradiction") {
    throw new LedgerError("settlement_invalid", "A hold that costs something cannot be settled as a read.");
  }
  const now = unit.tick(settlement.at);
  const { state, releaseCents, postCents, keepsClaim } = decision;
  if (releaseCents > 0 || postCents > 0) {
    for (const budget of unit.budgetsOf(unit.key(row.vaultKeyId), now)) {
      const posted = budgetPost(budgetRelease(budget, releaseCents), postCents);
      const oldestPostedAt = postCents > 0 ? (budget.oldestPostedAt ?? now) : budget.oldestPostedAt;
      unit.putBudget({ ...posted, oldestPostedAt });
      if (postCents > 0) context.budgets.post(budget.id, now, postCents);
    }
  }
  const postedAt = state === "posted" ? now : null;
  context.calls.settle({ sequence: row.sequence, settlement, state, postedAt, keepsClaim });
  announce(context, unit, settlement.callId);
}

/** Writes a row that is final at once; it reserves nothing. */
function insertFinished(scope: RowScope, request: RecordRequest): void {
  assertNew(scope.context, request.facts);
  const { facts, ...outcome } = request;
  insertRow(scope, { ...pending(facts), ...outcome, state: "none" }, null);
  announce(scope.context, scope.unit, facts.callId);
}

/** Appends a row: to the order of booking, to the chain of its key and, unless denied, to what the rate counts. */
function insertRow({ context, unit, key, now }: RowScope, call: Call, claim: ClaimRequest | null): void {
  const sequence = unit.nextSequence();
  const isCounted = key.ratePerMinute !== null && call.decision !== "denied";
  const rateNumber = isCounted ? key.rateNumber + 1 : null;
  unit.putKey({ ...key, rateNumber: rateNumber ?? key.rateNumber, newestCall: sequence });
  context.calls.insert({ call, sequence, previousOfKey: key.newestCall, bookedAt: now, rateNumber, claim });
}

/** The row of a call that is admitted and not answered. */
function pending(facts: CallFacts): Call {
  return {
    ...facts,
    decision: "allowed",
    code: null,
    state: "none",
    status: null,
    upstreamRequestId: null,
    objectId: null,
    latencyMs: null,
  };
}

function assertNew(context: OperationContext, facts: CallFacts): void {
  if (context.calls.exists(facts.callId)) {
    throw new LedgerError("call_exists", "There is a call with this id already.");
  }
}

function announce(context: OperationContext, unit: Unit, callId: string): void {
  if (!context.isObserved()) return;
  const call = context.calls.find(callId);
  if (call !== null) unit.announced.push(call);
}

/** When the row was booked that must have left the rate's window before one more may come. */
function rateAnchorAt(context: OperationContext, key: UnitKey): number | null {
  if (key.ratePerMinute === null) return null;
  const anchor = key.rateNumber - key.ratePerMinute + 1;
  return anchor < 1 ? null : context.calls.bookedAt(key.id, anchor);
}
