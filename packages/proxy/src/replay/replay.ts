import type { RefusalCode } from "@keybrake/core";
import {
  type AdmissionDecision,
  type AdmissionState,
  type AdmitRequest,
  type CallFacts,
  type ClaimRequest,
  decideAdmission,
  type NewBudget,
  type NewVaultKey,
} from "@keybrake/ledger";
import { statusesOfRefusals } from "../call/hold-messages.ts";
import { asksAbout, parsePolicy } from "../policy.ts";
import type { Rates } from "../rates.ts";
import type { Vendor } from "../vendors/vendor.ts";
import {
  comesBefore,
  type JudgeContext,
  judgeByPolicy,
  type PastCall,
  type PolicyVerdict,
} from "./judge-policy.ts";
import { ReplayBook } from "./replay-book.ts";

/** What a policy would have made of a call. */
export type Judgement =
  /** As it was: let through, answered by an earlier one, or refused. */
  | { readonly kind: "same" }
  /** It was let through, and would have been refused. */
  | { readonly kind: "refused"; readonly code: RefusalCode }
  /** It was refused by the policy that it had, and nothing of this one speaks against it. */
  | { readonly kind: "let_through" }
  /** It was refused, and would have been with another code. */
  | { readonly kind: "otherwise"; readonly code: RefusalCode }
  /** A row does not hold what decides it. For what comes after it is taken to be as it was. */
  | { readonly kind: "cannot_tell"; readonly why: string };

export interface ReplayOptions {
  /** A key such as each of the history's keys would have been; its hash, name and times mean nothing. */
  readonly key: NewVaultKey;
  /** The shared budgets that it names, and all above them. */
  readonly budgets: readonly Omit<NewBudget, "createdAt">[];
  readonly vendor: Vendor;
  readonly rates: Rates;
}

/** Refusals of a policy. With any other code a call stays refused, whatever the policy. */
const OF_A_POLICY: ReadonlySet<string> = new Set<RefusalCode>([
  "operation_not_allowed",
  "binding_not_met",
  "customer_not_allowed",
  "currency_not_allowed",
  "amount_unknown",
  "amount_over_limit",
  "call_limit_exceeded",
  "rate_limited",
  "spend_cap_exceeded",
  "approval_denied",
  "approval_required",
]);

/** What one key of the history has used up by now. */
interface KeyState {
  readonly own: ReplayBook;
  calls: number;
  /** When calls that the rate counts came, oldest first. */
  readonly counted: number[];
  /** Idempotency-Keys of calls that would have been refused: a repeat of one would have been the first. */
  readonly refusedKeys: Set<string>;
}

interface Pending {
  readonly at: number;
  readonly books: readonly ReplayBook[];
  readonly heldMicros: number;
  readonly postMicros: number;
}

/**
 * Replays a history through a policy, call after call in the order in which they were booked, with the same decisions as
 * the way of a call: the policy's own, and the ledger's. Pure, but for what it remembers. A row holds no arguments: what
 * only they decide (connected accounts, cards, what makes two calls the same) is taken to be as it was.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #context: JudgeContext;
  readonly #keys = new Map<string, KeyState>();
  readonly #shared = new Map<string, ReplayBook>();
  #pending: Pending[] = [];
  #now = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    const { key, vendor, rates } = options;
    this.#context = { policy: parsePolicy(key.policy), vendor, rates };
    for (const { name, capMicros, windowMs } of linesOf(options))
      this.#shared.set(name, new ReplayBook({ name, capMicros, windowMs }));
  }

  /** Calls must come in the order in which they were booked; those of keys that simulate move nothing, and do not come. */
  judge(call: PastCall): Judgement {
    this.#now = Math.max(this.#now, call.at);
    this.#settleUntil(this.#now);
    const verdict = judgeByPolicy(this.#context, call);
    const wasRefused = call.decision === "denied";
    if (wasRefused && !OF_A_POLICY.has(call.code ?? "")) {
      const isEarlier = verdict.code !== null && comesBefore(verdict.code, call.code ?? "");
      return isEarlier && verdict.code !== null
        ? { kind: "otherwise", code: verdict.code }
        : { kind: "same" };
    }
    if (call.operation === null) return { kind: "same" };
    const code = verdict.code ?? this.#admit(call, verdict);
    if (code !== null) return this.#refused(call, code);
    if (verdict.unsure !== null) return { kind: "cannot_tell", why: verdict.unsure };
    return wasRefused ? { kind: "let_through" } : { kind: "same" };
  }

  #refused(call: PastCall, code: RefusalCode): Judgement {
    if (call.idempotencyKey !== null) this.#keyOf(call).refusedKeys.add(call.idempotencyKey);
    if (call.decision !== "denied") return { kind: "refused", code };
    return code === call.code ? { kind: "same" } : { kind: "otherwise", code };
  }

  /** The ledger's decision, and what follows of it; null when it is let through. */
  #admit(call: PastCall, verdict: PolicyVerdict): RefusalCode | null {
    const key = this.#keyOf(call);
    const isFirst = call.idempotencyKey !== null && key.refusedKeys.has(call.idempotencyKey);
    const isRepeat = call.decision === "replayed" && !isFirst;
    const books = [key.own, ...this.#shared.values()];
    const request = this.#requestOf(call, verdict);
    const decision = decideAdmission(this.#stateOf(key, books, isRepeat ? request.claim : null), request);
    const code = codeOf(decision);
    if (code !== null) return code;
    if (this.#options.key.ratePerMinute !== null) key.counted.push(this.#now);
    if (isRepeat) return null;
    key.calls++;
    if (isFirst && call.idempotencyKey !== null) key.refusedKeys.delete(call.idempotencyKey);
    this.#hold(call, books, verdict.usdMicros);
    return null;
  }

  #hold(call: PastCall, books: readonly ReplayBook[], usdMicros: number): void {
    if (usdMicros === 0) return;
    for (const book of books) book.hold(usdMicros);
    // What was refused then is taken to succeed at once; what nobody has settled stays held.
    const wasCarriedOut = call.decision === "allowed";
    if (wasCarriedOut && call.state !== "posted" && call.state !== "voided") return;
    const postMicros = wasCarriedOut && call.state === "voided" ? 0 : usdMicros;
    const at = wasCarriedOut ? call.at + (call.latencyMs ?? 0) : call.at;
    this.#pending.push({ at, books, heldMicros: usdMicros, postMicros });
    this.#pending.sort((one, other) => one.at - other.at);
    this.#settleUntil(this.#now);
  }

  #settleUntil(now: number): void {
    const due = this.#pending.findIndex(({ at }) => at > now);
    const settled = due < 0 ? this.#pending : this.#pending.slice(0, due);
    this.#pending = due < 0 ? [] : this.#pending.slice(due);
    for (const { books, heldMicros, postMicros, at } of settled)
      for (const book of books) book.settle(heldMicros, postMicros, at);
  }

  #keyOf({ vaultKeyId }: PastCall): KeyState {
    const known = this.#keys.get(vaultKeyId);
    if (known !== undefined) return known;
    const own = new ReplayBook({ name: null, ...this.#options.key.ownBudget });
    const made = { own, calls: 0, counted: [], refusedKeys: new Set<string>() };
    this.#keys.set(vaultKeyId, made);
    return made;
  }

  #stateOf(key: KeyState, books: readonly ReplayBook[], repeated: ClaimRequest | null): AdmissionState {
    const { id, hash, maxCalls, ratePerMinute } = this.#options.key;
    return {
      now: this.#now,
      key: {
        ...{ id, hash, previousHash: null, previousEndsAt: null, maxCalls, calls: key.calls, ratePerMinute },
        ...{ expiresAt: Number.MAX_SAFE_INTEGER, revokedAt: null, pausedAt: null, pausedAbove: 0 },
      },
      ...{ stops: [], others: [], approvals: [] },
      rateAnchorAt: ratePerMinute === null ? null : (key.counted.at(-ratePerMinute) ?? null),
      claim: repeated === null ? null : answeredClaim(id, repeated),
      books: books.map((book) => book.at(this.#now)),
    };
  }

  #requestOf(call: PastCall, { usdMicros, movedMicros }: PolicyVerdict): AdmitRequest {
    const { policy, vendor } = this.#context;
    const { id, hash } = this.#options.key;
    const { operation, method, callId } = call;
    const isWrite = method !== "GET";
    const asking =
      isWrite && operation !== null ? asksAbout(policy, { operation, movedMicros, usdMicros }, vendor) : null;
    return {
      facts: { ...UNSAID, ...call, vaultKeyId: id, usdMicros },
      keyHash: hash,
      claim: isWrite ? { ...CLAIM, key: callId } : null,
      ...{ repeats: null, objectId: null, latencyMs: 0, deadlineTime: this.#now },
      approval: asking === null ? null : { ...CARD, movedMicros, ...asking },
      ...{ resendNotBefore: 0, claimLapsedBefore: 0, refusalStatus: statusesOfRefusals(policy) },
    };
  }
}

/** The shared budgets that the key is charged to, each once. */
function linesOf({ key, budgets }: ReplayOptions): readonly Omit<NewBudget, "createdAt">[] {
  const byName = new Map(budgets.map((budget) => [budget.name, budget]));
  const charged = new Map<string, Omit<NewBudget, "createdAt">>();
  for (const first of key.budgets) {
    for (let name: string | null = first; name !== null; ) {
      const budget = byName.get(name);
      if (budget === undefined) throw new Error(`there is no budget ${name} to replay`);
      charged.set(name, budget);
      name = budget.parent;
    }
  }
  return [...charged.values()];
}

/** Of an approval, a person may say yes: it is refused until they do. */
function codeOf(decision: AdmissionDecision): RefusalCode | null {
  return decision.kind === "refuse" ? decision.code : null;
}

const UNSAID: Omit<CallFacts, keyof PastCall> & Pick<CallFacts, "operation"> = {
  ...{ vaultKeyName: "", vendor: "", account: "", simulate: false, role: null, labels: {} },
  ...{ turn: null, traceparent: null, operation: null, path: "" },
};

const CLAIM: ClaimRequest = {
  ...{ scope: "", key: "", by: "act", otherKeys: [], actDigest: "", sharedDigest: "", callerKey: null },
  ...{ isKeyChosen: false, endsWithDelivery: false, upstreamIdempotencyKey: "", body: "" },
};

const CARD = { approvalId: "", act: "", terms: "", expiresInMs: 1, deniedMs: 1, content: "" };

/** A call that was answered by an earlier one of its key. */
function answeredClaim(
  vaultKeyId: string,
  { actDigest, sharedDigest }: ClaimRequest,
): AdmissionState["claim"] {
  return {
    ...{ callId: "", vaultKeyId, usdMicros: 0, actDigest, sharedDigest, state: "posted", at: 0 },
    ...{ postedAt: Number.MAX_SAFE_INTEGER, objectId: null, body: null, upstreamIdempotencyKey: "" },
    ...{ answer: { status: 200, headers: {}, body: "" }, idempotencyKey: null, delivered: false },
  };
}
