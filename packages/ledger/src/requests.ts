import type { ApprovalCause, ApprovalRequest } from "./approvals.ts";
import type { ClaimRequest, StoredAnswer } from "./claims.ts";
import type { Call, CallDecision, CallFacts, CallState, Labels } from "./types.ts";

export {
  type Claim,
  type ClaimIdentity,
  type ClaimRequest,
  claimIdentity,
  type StoredAnswer,
} from "./claims.ts";

/** One request to execute: claims, reserves, and writes the row, in one durable transaction. */
export interface AdmitRequest {
  readonly facts: CallFacts;
  /** By which secret of the key the caller came: it may have been replaced since (`VaultKey.hash`). */
  readonly keyHash: string;
  /** Null for calls that need no claim (reads). */
  readonly claim: ClaimRequest | null;
  /**
   * The call that has the claim, as far as the caller knows, who has looked whether its figures may be repeated. Null:
   * nobody has it, and the act is priced. `claim_changed` is the answer when that is so no more.
   */
  readonly repeats: string | null;
  /**
   * The upstream object whose total the call sets: the hold is what exceeds the total that was counted before.
   * Null when the call makes an object, or moves money of its own.
   */
  readonly objectId: string | null;
  /** Of what a person may have to be asked before it is admitted; null when nobody need be, whatever it costs. */
  readonly approval: ApprovalRequest | null;
  /**
   * The limits of the key and the caps of its budgets refuse nothing: what they speak against is admitted, its hold may
   * pass a cap, and its row says which refusal it would have been. Claims, ends and stops hold all the same.
   */
  readonly observes?: boolean;
  /** Milliseconds since the call arrived, for rows that are final at once (refusals, replays). */
  readonly latencyMs: number;
  /**
   * What ends (a key) has ended when this or ledger time says so: a clock that goes on while the machine sleeps, and
   * steps when it is set. Nothing is freed by it.
   */
  readonly deadlineTime: number;
  /** Unknown claims first sent earlier than this are not sent again: the upstream may have forgotten them. */
  readonly resendNotBefore: number;
  /**
   * A claim whose call has ended before this has lapsed, and may be made anew. By act that holds of every end; by key
   * only of a refusal: what succeeded under a key is answered by it for good.
   */
  readonly claimLapsedBefore: number;
  /** The HTTP status that each refusal is answered with, for its row: a policy may choose it. */
  readonly refusalStatus: Readonly<Record<AdmitRefusal, number>>;
}

/**
 * Why a key is of no use to who calls with it; in order of precedence. `invalid_vault_key`: the secret was replaced by
 * another (`Ledger.rotateVaultKey`).
 */
export type KeyEnd = "invalid_vault_key" | "vault_key_revoked" | "vault_key_expired" | "vault_key_paused";

/** Why the ledger refuses; in order of precedence. */
export type AdmitRefusal =
  | KeyEnd
  | "idempotency_error"
  | "possible_repeat"
  | "outcome_unresolved"
  | "call_limit_exceeded"
  | "rate_limited"
  | "spend_cap_exceeded"
  | "approval_denied"
  | "approval_required";

/** The call whose act is said again: in other words, by another operation, or after it was undone. */
export interface FirstCall {
  readonly callId: string;
  readonly objectId: string | null;
  /** Null while there is none, or when none was kept. */
  readonly answer: StoredAnswer | null;
  /** When it arrived. */
  readonly at: number;
}

/** What a call has undone: objects that calls under claims of one scope have made. */
export interface Undone {
  readonly scope: string;
  readonly objectIds: readonly string[];
}

/** What stood in the way of a `spend_cap_exceeded`: the first budget without room. */
export interface CapDetail {
  /** The shared budget's name, or null for the key's own. */
  readonly budget: string | null;
  /** It is the own budget of a key above. */
  readonly above?: true;
  readonly capMicros: number;
  /** Null: a lifetime. */
  readonly windowMs: number | null;
  readonly spentMicros: number;
  readonly heldMicros: number;
  readonly requestedMicros: number;
}

/** What a person was asked about the call, and what they have said. */
export interface AskedApproval {
  /** Null when as many acts of the key wait for a person as may: nobody was asked about this one. */
  readonly approvalId: string | null;
  readonly endsAt: number | null;
  readonly cause: ApprovalCause | null;
  /** Why it was denied, in the words of whoever did. */
  readonly reason: string | null;
}

export type Admission =
  /** Go on: the row is durable and, if it costs, so is its hold. Must be settled. */
  | { readonly kind: "admitted" }
  /** The act is finished: answer this. The replay's own row is written. */
  | { readonly kind: "replay"; readonly callId: string; readonly answer: StoredAnswer }
  /** Another call executes the act right now. No row is written: wait for it, then ask again. */
  | { readonly kind: "in_flight"; readonly callId: string }
  /**
   * The act's outcome is unknown: send this again, byte for byte, and settle `callId`, the original call, which is
   * `held` again from now on, for what the act costs now if that is more. No row for this call is written yet:
   * `record` it with the outcome.
   */
  | {
      readonly kind: "resend";
      readonly callId: string;
      readonly body: string;
      readonly upstreamIdempotencyKey: string;
    }
  /**
   * The claim is not as `repeats` says (it was given back, or another key has it), or it is to be sent again and its
   * price is not known. Nothing was written: look again.
   */
  | { readonly kind: "claim_changed" }
  /** Refused; the row is written. */
  | {
      readonly kind: "refused";
      readonly code: AdmitRefusal;
      /** With `spend_cap_exceeded` alone. */
      readonly cap: CapDetail | null;
      /** With `possible_repeat`, and with `outcome_unresolved` when another operation said the act. */
      readonly first: FirstCall | null;
      /** With `approval_required` and `approval_denied`. */
      readonly approval: AskedApproval | null;
    };

/** Who settles a call, and what must still be so. */
export type Settler =
  /** Whoever sent it. */
  | { readonly kind: "answer" }
  /** By look-ups that were made after `sentAt`: they say nothing about a sending after that. */
  | { readonly kind: "reconciler"; readonly sentAt: number }
  /** A person who looked for themselves. */
  | { readonly kind: "person"; readonly reason: string };

/** How an admitted (or re-sent) call ended. */
export interface Settlement {
  readonly callId: string;
  readonly by: Settler;
  /** When the outcome was learnt: posted money leaves a window that long after this. */
  readonly at: number;
  /**
   * - `posted`: it moved `usdMicros` / `amountMinor` (the exact figures; they replace the hold's).
   * - `voided`: it definitely did not move.
   * - `unknown`: it may have moved; the hold stays.
   * - `awaiting`: the vendor asks a person before it moves anything, or what was made waits for its payer; the hold
   *   stays, and a repeat is answered as this call was.
   * - `none`: a read.
   */
  readonly state: "posted" | "voided" | "unknown" | "awaiting" | "none";
  /** Exact figures of a `posted`; ignored otherwise. */
  readonly usdMicros: number;
  /**
   * The object whose total `usdMicros` is: only what exceeds what its posted calls have counted, as the transaction
   * sees it, is posted. Null: all of it is new.
   */
  readonly totalOf: CountedObject | null;
  /**
   * Of whom the call has undone something, its answers are not kept any longer: who says one of their acts again is told
   * what it made (`possible_repeat`), and neither is it done again nor said to stand. Null for what undoes nothing.
   */
  readonly undoes: Undone | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /**
   * The upstream refused, and what the refusal left behind (an object that can still be paid) is posted. Nothing left
   * to count makes it `voided`; either way it gives its claim back unless an answer is kept.
   */
  readonly refused: boolean;
  readonly code: string | null;
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number | null;
  /** Kept for replays. A `voided` without an answer gives its claim back, so the act may be tried anew. */
  readonly answer: StoredAnswer | null;
}

/** What a settlement found out. */
export interface Settled {
  /** What moved beyond the hold, and beyond what the key's other calls held for the same object; 0 as a rule. */
  readonly overHoldMicros: number;
}

/**
 * A finished row that never needed admission: a refusal before it, the row of a re-send or a wait, or a read that the
 * key's limits do not count (`Ledger.endOfKey`).
 */
export interface RecordRequest {
  readonly facts: CallFacts;
  readonly decision: CallDecision;
  readonly code: string | null;
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number;
  /** 1 unless told: see `Call.times`. */
  readonly times?: number;
}

/** A call whose money is reserved and that nobody works on, with what it takes to find out what became of it. */
export interface UnresolvedCall {
  readonly call: Call;
  /** When it was last sent, by the clock of who sent it. */
  readonly sentAt: number;
  /** The request as it was forwarded (`ClaimRequest.body`). */
  readonly body: string | null;
}

/** What is reserved and not known to have moved, in one state. */
export interface UnresolvedSum {
  readonly state: "held" | "unknown" | "awaiting";
  readonly calls: number;
  readonly usdMicros: number;
  /** When the oldest of them arrived. */
  readonly oldestAt: number;
}

/** Whose reserved money is asked for: everybody's, or what is charged to one budget. */
export interface UnresolvedFilter {
  /** A shared budget's name, or null and then the key's own. */
  readonly budget: string | null;
  readonly vaultKeyId: string;
}

/** Which upstream object's money is asked for. */
export interface CountedObject {
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly objectId: string;
}

/** Which rows a list shows: those that match everything that is given. */
export interface CallFilter {
  readonly runId?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly turn?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly objectId?: string | undefined;
  readonly vaultKeyId?: string | undefined;
  readonly agent?: string | undefined;
  readonly customer?: string | undefined;
  readonly operation?: string | undefined;
  readonly decision?: CallDecision | undefined;
  readonly code?: string | undefined;
  readonly state?: CallState | undefined;
  /** Each name must have this value. */
  readonly labels?: Labels | undefined;
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Exclusive. */
  readonly to?: number | undefined;
}

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  /** `nextCursor` of the page before; opaque. */
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** What `verify` recomputed from the calls, and every place where the books do not agree with themselves. */
export interface VerifyReport {
  readonly calls: number;
  /** Of all calls, real and simulated; `postedMicros` is of all time, not of a window. */
  readonly heldMicros: number;
  readonly postedMicros: number;
  readonly unknownMicros: number;
  readonly awaitingMicros: number;
  readonly problems: readonly string[];
}
