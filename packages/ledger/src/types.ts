/**
 * The nouns of the ledger, one each:
 *
 * - **vault key**: a short-lived credential with a fixed policy; only its hash is stored.
 * - **budget**: a rolling 24 h limit in US cents. A key may have its own and may share a named one.
 * - **call**: one request of an agent; reservation, idempotency record and audit row at once.
 * - **hold**: money reserved by a call before it is forwarded. A hold becomes *posted* (moved), *voided*
 *   (did not move) or *unknown* (nobody knows yet; it stays reserved).
 * - **claim**: the right of one call to execute one act; a second call with the same claim never executes.
 *
 * Money is integer US cents (`…Cents`) or integer minor units of a currency (`amountMinor`); times are
 * integer milliseconds since the Unix epoch. Nothing in this package reads a clock, makes an id or touches
 * the network: both come in with each request.
 */

/** What became of a call's money. `none`: the call reserves nothing (a read, a refusal, a replay). */
export type CallState = "none" | "held" | "posted" | "voided" | "unknown";

/** `replayed`: answered with (or by re-sending) an earlier call's act; nothing new was reserved. */
export type CallDecision = "allowed" | "denied" | "replayed";

/** The length of every budget's rolling window. */
export const BUDGET_WINDOW_MS = 24 * 60 * 60 * 1000;

/** What is fixed when a vault key is made. */
export interface NewVaultKey {
  readonly id: string;
  /** Hex SHA-256 of the secret. The secret itself never enters the ledger. */
  readonly hash: string;
  readonly name: string;
  readonly vendor: string;
  readonly role: string | null;
  /** Opaque to the ledger: the policy the proxy enforces, as JSON. */
  readonly policy: unknown;
  readonly labels: Readonly<Record<string, string>>;
  readonly simulate: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The key's own rolling 24 h cap; 0 = read-only; null = none of its own. */
  readonly dailyCapCents: number | null;
  /** Name of a shared budget that is charged together with the key's own. */
  readonly budget: string | null;
  /** Most calls that may ever be admitted (replays and refusals are not counted). */
  readonly maxCalls: number | null;
  /** Most calls, replays included and refusals not, in any 60 s. */
  readonly ratePerMinute: number | null;
}

export interface VaultKey extends NewVaultKey {
  readonly revokedAt: number | null;
  /** Calls admitted so far. */
  readonly calls: number;
}

/** A vault key with what its own budget has used in the window that ends at the asked moment. */
export interface VaultKeyUsage extends VaultKey {
  readonly spentCents: number;
  /** Held and unknown together: reserved, not known to have moved. */
  readonly heldCents: number;
  /** The least that any budget of the key still allows; null when it has none. Never negative. */
  readonly remainingCents: number | null;
}

/** A shared budget and its use in the window that ends at the asked moment. */
export interface BudgetUsage {
  readonly name: string;
  readonly dailyCapCents: number;
  readonly createdAt: number;
  readonly spentCents: number;
  readonly heldCents: number;
  /** Never negative, even when the cap was lowered under what is used. */
  readonly remainingCents: number;
}

/** What is known of a call before anything is decided. */
export interface CallFacts {
  readonly callId: string;
  /** When the call arrived. */
  readonly at: number;
  readonly vaultKeyId: string;
  readonly vaultKeyName: string;
  readonly role: string | null;
  readonly runId: string | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly turn: string | null;
  readonly traceparent: string | null;
  /** Null when the path resolves to no operation. */
  readonly operation: string | null;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly usdCents: number;
}

/** An audit row. Field for field the answer of `GET /admin/audit`, in the ledger's spelling. */
export interface Call extends CallFacts {
  readonly decision: CallDecision;
  /** The refusal's code, or the code of the error that was answered; null on success. */
  readonly code: string | null;
  readonly state: CallState;
  /** HTTP status that was answered; null while unanswered (or when the process died before). */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number | null;
}

/** The answer that a later call with the same claim gets. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The identity under which an act may be executed once. */
export interface ClaimRequest {
  /** Claims are unique within a scope (an upstream account, or one vault key). */
  readonly scope: string;
  readonly key: string;
  /** Digest of the act. The same claim with another digest is a mistake of the caller. */
  readonly actDigest: string;
  /** The request as it is forwarded: what a re-send after an unknown outcome must send again. Opaque here. */
  readonly body: string;
  /** The Idempotency-Key as it is forwarded. */
  readonly upstreamKey: string;
}

/** An existing claim, as `findClaim` shows it before a call is priced. */
export interface Claim {
  readonly callId: string;
  readonly actDigest: string;
  readonly state: CallState;
}

/** One request to execute: claims, reserves, and writes the row, in one durable transaction. */
export interface AdmitRequest {
  readonly facts: CallFacts;
  /** Null for calls that need no claim (reads). */
  readonly claim: ClaimRequest | null;
  /**
   * False when the caller found the claim taken and so did not work out what the act costs. Such a request
   * can be replayed, waited for, re-sent or refused, but never admitted: `unclaimed` is the answer when the
   * claim was given back in the meantime, and the caller prices and asks again.
   */
  readonly priced: boolean;
  /** Milliseconds since the call arrived, for rows that are final at once (refusals, replays). */
  readonly latencyMs: number;
  /** Unknown claims first sent earlier than this are not sent again: the upstream may have forgotten them. */
  readonly resendNotBefore: number;
  /** The HTTP status that each refusal is answered with, for its row: a policy may choose it. */
  readonly refusalStatus: Readonly<Record<AdmitRefusal, number>>;
}

/** Why the ledger refuses; in order of precedence. */
export type AdmitRefusal =
  | "vault_key_revoked"
  | "vault_key_expired"
  | "idempotency_error"
  | "outcome_unresolved"
  | "call_limit_exceeded"
  | "rate_limited"
  | "spend_cap_exceeded";

/** What stood in the way of a `spend_cap_exceeded`. */
export interface CapDetail {
  /** The shared budget's name, or null for the key's own. */
  readonly budget: string | null;
  readonly capCents: number;
  readonly spentCents: number;
  readonly heldCents: number;
  readonly requestedCents: number;
}

export type Admission =
  /** Go on: the row is durable and, if it costs, so is its hold. Must be settled. */
  | { readonly kind: "admitted" }
  /** The act is finished: answer this. The replay's own row is written. */
  | { readonly kind: "replay"; readonly callId: string; readonly answer: StoredAnswer }
  /** Another call executes the act right now. No row is written: wait for it, then ask again. */
  | { readonly kind: "in_flight"; readonly callId: string }
  /**
   * The act's outcome is unknown: send this again, byte for byte, and settle `callId`, the original call,
   * which is `held` again from now on. No row for this call is written yet: `record` it with the outcome.
   */
  | { readonly kind: "resend"; readonly callId: string; readonly body: string; readonly upstreamKey: string }
  /** The claim that `priced: false` relied on is gone. Nothing was written. */
  | { readonly kind: "unclaimed" }
  /** Refused; the row is written. */
  | { readonly kind: "refused"; readonly code: AdmitRefusal; readonly cap: CapDetail | null };

/** How an admitted (or re-sent) call ended. */
export interface Settlement {
  readonly callId: string;
  /** When the outcome was learnt: posted money leaves the window 24 h after this. */
  readonly at: number;
  /**
   * - `posted`: it moved `usdCents` / `amountMinor` (the exact figures; they replace the hold's).
   * - `voided`: it definitely did not move.
   * - `unknown`: it may have moved; the hold stays.
   * - `none`: a read.
   */
  readonly state: "posted" | "voided" | "unknown" | "none";
  /** Exact figures of a `posted`; ignored otherwise. */
  readonly usdCents: number;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly code: string | null;
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number | null;
  /** Kept for replays. A `voided` without an answer gives its claim back, so the act may be tried anew. */
  readonly answer: StoredAnswer | null;
}

/** A finished row that never needed admission: a refusal before it, or the row of a re-send or a wait. */
export interface RecordRequest {
  readonly facts: CallFacts;
  readonly decision: CallDecision;
  readonly code: string | null;
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  readonly objectId: string | null;
  readonly latencyMs: number;
}

export interface CallFilter {
  readonly runId?: string | undefined;
  readonly vaultKeyId?: string | undefined;
  readonly agent?: string | undefined;
  readonly operation?: string | undefined;
  readonly decision?: CallDecision | undefined;
  readonly code?: string | undefined;
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
  readonly heldCents: number;
  readonly postedCents: number;
  readonly unknownCents: number;
  readonly problems: readonly string[];
}

/**
 * The books. Every method that changes something resolves only when the change is durable.
 *
 * Invariant, under any concurrency and crash: for every budget, held + unknown + posted within the window
 * never exceeds the cap as it was when the last hold was granted.
 */
export interface Ledger {
  /** `budget_not_found` when the named shared budget does not exist; nothing is stored then. */
  createVaultKey(key: NewVaultKey): Promise<"created" | "budget_not_found">;
  findVaultKeyByHash(hash: string): Promise<VaultKey | null>;
  getVaultKey(id: string, now: number): Promise<VaultKeyUsage | null>;
  /** Newest first. */
  listVaultKeys(page: PageRequest, now: number): Promise<Page<VaultKeyUsage>>;
  /** Idempotent: the first revocation's time stays. Null when there is no such key. */
  revokeVaultKey(id: string, at: number): Promise<VaultKey | null>;

  createBudget(budget: {
    name: string;
    dailyCapCents: number;
    createdAt: number;
  }): Promise<"created" | "budget_exists">;
  /** By name. */
  listBudgets(page: PageRequest, now: number): Promise<Page<BudgetUsage>>;
  /** Obeyed by every hold after it resolved. Null when there is no such budget. */
  updateBudget(name: string, dailyCapCents: number, now: number): Promise<BudgetUsage | null>;

  findClaim(claim: { scope: string; key: string }): Promise<Claim | null>;
  /**
   * US cents that posted calls have counted for this upstream object (0 when none): those of real keys, or
   * those of simulate keys. Money that was only played with makes nothing real cheaper.
   */
  countedCents(objectId: string, simulate: boolean): Promise<number>;
  admit(request: AdmitRequest): Promise<Admission>;
  /** Throws when the call is not held or unknown: an outcome is never overwritten. */
  settle(settlement: Settlement): Promise<void>;
  record(request: RecordRequest): Promise<void>;

  getCall(callId: string): Promise<Call | null>;
  /** Newest first. */
  listCalls(filter: CallFilter, page: PageRequest): Promise<Page<Call>>;
  /** Called after commit with each row that reached an answer. Returns the unsubscribe function. */
  subscribe(listener: (call: Call) => void): () => void;

  /** Recomputes every budget from the calls. Reads everything: for tests and operators, not for the hot path. */
  verify(now: number): Promise<VerifyReport>;
  /** Cheap round trip through the store; rejects when it cannot write. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
