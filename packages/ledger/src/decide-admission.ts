import type { Approval } from "./approvals.ts";
import type { BookState } from "./book.ts";
import { type Agreed, decideAsked, type NotAgreed } from "./decide-approval.ts";
import { decideCap } from "./decide-cap.ts";
import { endOfKey } from "./end-of-key.ts";
import { RATE_WINDOW_MS } from "./limits.ts";
import type {
  AdmitRefusal,
  AdmitRequest,
  CapDetail,
  ClaimRequest,
  FirstCall,
  StoredAnswer,
} from "./requests.ts";
import type { Rotation } from "./store.ts";
import type { CallState, Stop } from "./types.ts";

/** What an admission needs to know of the vault key. */
export interface AdmissionKey extends Rotation {
  readonly id: string;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  readonly pausedAt: number | null;
  readonly pausedAbove: number;
  readonly maxCalls: number | null;
  /** Calls admitted so far. */
  readonly calls: number;
  readonly ratePerMinute: number | null;
}

/** The call that holds the asked claim. */
export interface AdmissionClaim {
  readonly callId: string;
  readonly vaultKeyId: string;
  /** What it took from its own key's budgets. */
  readonly usdMicros: number;
  readonly actDigest: string;
  readonly sharedDigest: string;
  readonly state: CallState;
  /** When the act was first sent. */
  readonly at: number;
  /** Ledger time at which it was known to have moved; null while it is not. */
  readonly postedAt: number | null;
  readonly objectId: string | null;
  /** Null once the act is finished: it is never sent again then. */
  readonly body: string | null;
  readonly upstreamIdempotencyKey: string;
  readonly answer: StoredAnswer | null;
  readonly idempotencyKey: string | null;
  readonly delivered: boolean;
}

/** All that a decision depends on, as one transaction sees it. */
export interface AdmissionState {
  /** Ledger time: never earlier than any time the ledger has seen, so that a clock step back frees nothing. */
  readonly now: number;
  readonly key: AdmissionKey;
  /** All that stand. */
  readonly stops: readonly Stop[];
  /**
   * When the `ratePerMinute`-th newest counted call of the key was booked: the one that must have left the
   * window. Null when there are fewer, or when the key has no rate limit.
   */
  readonly rateAnchorAt: number | null;
  readonly claim: AdmissionClaim | null;
  /** The calls that said the same act by another operation. */
  readonly others: readonly AdmissionClaim[];
  /** Of all the key's budgets, its own first, then ancestors. Not looked at for reads that cost nothing. */
  readonly books: readonly BookState[];
  readonly approvals: readonly Approval[];
}

export type AdmissionDecision =
  /** Write the row in this state and, when `held`, reserve `usdMicros` in every book. */
  | {
      readonly kind: "admit";
      readonly state: "none" | "held";
      readonly lapsed: AdmissionClaim | null;
      readonly agreed: Agreed | null;
      /** What it would have been refused with, but that its key only observes. */
      readonly would: AdmitRefusal | null;
    }
  | { readonly kind: "replay"; readonly claim: AdmissionClaim; readonly answer: StoredAnswer }
  | { readonly kind: "in_flight"; readonly claim: AdmissionClaim }
  /** Mark the claim's call `held` again, with so much more than it held, and send its stored body once more. */
  | {
      readonly kind: "resend";
      readonly claim: AdmissionClaim;
      readonly body: string;
      readonly raiseMicros: number;
      readonly agreed: Agreed | null;
      readonly would: AdmitRefusal | null;
    }
  /** Nothing can be decided about an act whose cost nobody has worked out, or whose first call. Write nothing. */
  | { readonly kind: "claim_changed" }
  | {
      readonly kind: "refuse";
      readonly code: AdmitRefusal;
      readonly cap: CapDetail | null;
      readonly first: FirstCall | null;
      readonly notAgreed: NotAgreed | null;
    };

/**
 * Decides what becomes of a call, in the order of precedence of `AdmitRefusal`. Pure. A replay or a re-send counts against the rate but neither
 * against the number of calls nor against a budget: nothing new happens.
 */
export function decideAdmission(state: AdmissionState, request: AdmitRequest): AdmissionDecision {
  const { key, now } = state;
  const ended = endOfKey(key, request, { moment: Math.max(now, request.deadlineTime), stops: state.stops });
  if (ended !== null) return refuse(ended);
  const lapsed = hasLapsed(state.claim, request) ? state.claim : null;
  if (request.claim !== null && state.claim !== null && lapsed === null)
    return decideRepetition(state, state.claim, request.claim, request);
  const other = state.others.find((claim) => claim.state !== "voided" && !hasLapsed(claim, request));
  if (other !== undefined) return decideOther(state, other, request);
  if (!isPriced(request)) return { kind: "claim_changed" };
  const limited = decideLimits(state, request);
  if (limited !== null && request.observes !== true) return limited;
  // Last of all: a person is asked only about what nothing else speaks against.
  const asked = decideAsked(state, request, request.facts.usdMicros);
  if (asked !== null && asked.kind !== "go") return refuseUnapproved(asked);
  // A claim is in flight from its first moment, even when it costs nothing: a second call must wait for it.
  const reserves = request.claim !== null || request.facts.usdMicros > 0;
  const would = limited?.code ?? null;
  return { kind: "admit", state: reserves ? "held" : "none", lapsed, agreed: asked, would };
}

type Refused = Extract<AdmissionDecision, { readonly kind: "refuse" }>;

/** What the key's own limits and the caps of its budgets say to a call that is new. */
function decideLimits(state: AdmissionState, { facts, claim }: AdmitRequest): Refused | null {
  const { key } = state;
  if (key.maxCalls !== null && key.calls >= key.maxCalls) return refuse("call_limit_exceeded");
  if (isRateLimited(state)) return refuse("rate_limited");
  const cap = decideCap(state.books, facts.usdMicros, claim !== null);
  return cap === null ? null : refuseForCap(cap);
}

function refuseUnapproved(notAgreed: NotAgreed): AdmissionDecision {
  const code = notAgreed.kind === "denied" ? "approval_denied" : "approval_required";
  return { kind: "refuse", code, cap: null, first: null, notAgreed };
}

/** What is pending never lapses: it may have moved, or may yet. */
function hasLapsed(claim: AdmissionClaim | null, request: AdmitRequest): boolean {
  if (claim === null || request.claim === null) return false;
  if (claim.state !== "posted" && claim.state !== "voided" && claim.state !== "none") return false;
  if (endedWithDelivery(claim, request.claim)) return true;
  // Known later than it moved, so that nothing is freed early.
  const endedAt = claim.postedAt ?? claim.at;
  return (request.claim.by === "act" || claim.state === "voided") && endedAt < request.claimLapsedBefore;
}

/** Who sends the same Idempotency-Key has lost the answer on its way to them, however it left here. */
function endedWithDelivery(claim: AdmissionClaim, asked: ClaimRequest): boolean {
  if (asked.by !== "act" || !asked.endsWithDelivery) return false;
  return claim.delivered && !isSameKey(claim, asked);
}

function isSameKey({ idempotencyKey }: AdmissionClaim, { callerKey }: ClaimRequest): boolean {
  return callerKey !== null && callerKey === idempotencyKey;
}

/** The act is already known: never execute it a second time. */
function decideRepetition(
  state: AdmissionState,
  claim: AdmissionClaim,
  asked: ClaimRequest,
  request: AdmitRequest,
): AdmissionDecision {
  const { resendNotBefore } = request;
  if (asked.by === "key" && !agrees(state, claim, asked)) return refuse("idempotency_error");
  if (claim.state === "held") return { kind: "in_flight", claim };
  if (claim.state === "unknown") {
    if (claim.body === null || claim.at < resendNotBefore) return refuse("outcome_unresolved");
    return notRepeatable(state, claim, request) ?? decideResend(state, claim, claim.body, request);
  }
  if (asked.by === "act" && isPossibleRepeat(claim, asked)) {
    return refuse("possible_repeat", firstOf(claim));
  }
  // Finished, and nobody kept the answer (a person settled it): executing again is the one wrong thing. What waits
  // for a person at the vendor's is answered as it was, so that they are asked once.
  if (claim.answer === null) return refuse("outcome_unresolved");
  return notRepeatable(state, claim, request) ?? { kind: "replay", claim, answer: claim.answer };
}

/**
 * What it is about may have grown since it was first sent: then it is held for what it would move now, if its budgets
 * have room for that. Only who sent it first can hold more for it, in budgets of their own. That it costs more, a person may have to agree to.
 */
function decideResend(
  state: AdmissionState,
  claim: AdmissionClaim,
  body: string,
  request: AdmitRequest,
): AdmissionDecision {
  if (!isPriced(request)) return { kind: "claim_changed" };
  const raiseMicros = Math.max(0, request.facts.usdMicros - claim.usdMicros);
  // Who does not observe was refused for its rate before.
  const limited = isRateLimited(state) ? "rate_limited" : null;
  if (raiseMicros === 0) return { kind: "resend", claim, body, raiseMicros, agreed: null, would: limited };
  if (claim.vaultKeyId !== state.key.id) return refuse("outcome_unresolved");
  const cap = decideCap(state.books, raiseMicros, true);
  if (cap !== null && request.observes !== true) return refuseForCap(cap);
  const asked = decideAsked(state, request, raiseMicros);
  if (asked !== null && asked.kind !== "go") return refuseUnapproved(asked);
  const would = limited ?? (cap === null ? null : "spend_cap_exceeded");
  return { kind: "resend", claim, body, raiseMicros, agreed: asked, would };
}

/** Whether what the act costs now was worked out: only then is it admitted, or sent again. */
function isPriced({ claim }: AdmitRequest): boolean {
  return claim === null || claim.body !== null;
}

/**
 * Another operation has said the act, or is saying it: neither is this one carried out nor has it that one's answer,
 * which is of another kind. What another key did is told to nobody whose own budgets could not hold as much.
 */
function decideOther(
  state: AdmissionState,
  other: AdmissionClaim,
  { facts }: AdmitRequest,
): AdmissionDecision {
  if (other.state === "held") return { kind: "in_flight", claim: other };
  const foreign = other.vaultKeyId === state.key.id ? null : notHoldable(state, facts.usdMicros);
  if (foreign !== null) return foreign;
  return refuse(other.state === "unknown" ? "outcome_unresolved" : "possible_repeat", firstOf(other));
}

/**
 * Whether a call may be the first under its Idempotency-Key said again. Two vault keys may have chosen one key each on
 * their own: what the first was answered is for who says the very same.
 */
function agrees({ key }: AdmissionState, claim: AdmissionClaim, asked: ClaimRequest): boolean {
  if (claim.vaultKeyId === key.id) return claim.actDigest === asked.actDigest;
  return claim.sharedDigest === asked.sharedDigest;
}

/**
 * Why the key may not repeat the act; null when it may. Another key's act it must have looked at before, and one that
 * its own budgets could not hold, were they untouched, it neither carries out nor reads.
 */
function notRepeatable(
  state: AdmissionState,
  { callId, vaultKeyId, usdMicros }: AdmissionClaim,
  { repeats, observes }: AdmitRequest,
): AdmissionDecision | null {
  const isOwn = vaultKeyId === state.key.id;
  if (!isOwn && callId !== repeats) return { kind: "claim_changed" };
  if (observes !== true && isRateLimited(state)) return refuse("rate_limited");
  return isOwn ? null : notHoldable(state, usdMicros);
}

/** Why the key's budgets could not hold as much, were they untouched; null when they could. */
function notHoldable({ books }: AdmissionState, usdMicros: number): AdmissionDecision | null {
  const untouched = books.map((book) => ({ ...book, heldMicros: 0, postedMicros: 0 }));
  const cap = decideCap(untouched, usdMicros, true);
  return cap === null ? null : refuseForCap(cap);
}

/**
 * Whether somebody who knows what became of the act says it again in other words, and so may mean another one. Who
 * never got its answer means the same one, and so does who sends the same Idempotency-Key that they chose for it. What
 * was undone since, or settled without an answer, is named whatever the words.
 */
function isPossibleRepeat(claim: AdmissionClaim, asked: ClaimRequest): boolean {
  if (claim.answer === null) return claim.objectId !== null;
  if (!claim.delivered || claim.actDigest === asked.actDigest) return false;
  return !asked.isKeyChosen || !isSameKey(claim, asked);
}

function isRateLimited({ key, now, rateAnchorAt }: AdmissionState): boolean {
  if (key.ratePerMinute === null) return false;
  if (key.ratePerMinute === 0) return true;
  return rateAnchorAt !== null && rateAnchorAt > now - RATE_WINDOW_MS;
}

function firstOf({ callId, objectId, at, answer }: AdmissionClaim): FirstCall {
  return { callId, objectId, at, answer };
}

function refuse(code: AdmitRefusal, first: FirstCall | null = null): Refused {
  return { kind: "refuse", code, cap: null, first, notAgreed: null };
}

function refuseForCap(cap: CapDetail): Refused {
  return { kind: "refuse", code: "spend_cap_exceeded", cap, first: null, notAgreed: null };
}
