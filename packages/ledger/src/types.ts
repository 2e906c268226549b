/**
 * The nouns of the ledger, one each:
 *
 * - **vault key**: a short-lived credential with a fixed policy; only its hash is stored.
 * - **budget**: a cap with a rolling window or for a lifetime, and perhaps a parent. A key has one of its own
 *   and may name shared ones; a call is charged to all of them and to all their ancestors, once each.
 * - **book**: the counters of one budget, for real keys or for simulate keys: money played with is counted
 *   under the same cap, and apart.
 * - **call**: one request of an agent; reservation, idempotency record and audit row at once.
 * - **hold**: money reserved by a call before it is forwarded. A hold becomes *posted* (moved), *voided*
 *   (did not move), *unknown* (nobody knows yet; it stays reserved) or *awaiting* (the vendor itself asks a person
 *   first, or what was made waits for its payer; it stays reserved).
 * - **claim**: the right of one call to execute one act; a second call with the same claim never executes.
 * - **owner**: the process that forwards a call; named by its held rows, so that a dead one's can be found.
 *
 * What budgets count is integer millionths of a US dollar (`…Micros`); what the vendor counts is integer minor
 * units of a currency (`amountMinor`). Times are integer milliseconds since the Unix epoch. Nothing in this
 * package reads a clock, makes an id or touches the network: both come in with each request.
 */

/** What became of a call's money. `none`: the call reserves nothing (a read, a refusal, a replay). */
export type CallState = "none" | "held" | "posted" | "voided" | "unknown" | "awaiting";

/**
 * Who found out what became of a call's money: the vendor's answer to it, the reconciler by look-ups, or a person
 * who looked for themselves.
 */
export type SettledBy = "answer" | "reconciler" | "person";

/** `replayed`: answered with (or by re-sending) an earlier call's act; nothing new was reserved. */
export type CallDecision = "allowed" | "denied" | "replayed";

export type Labels = Readonly<Record<string, string>>;

/** The budget that a key has to itself. */
export interface OwnBudget {
  /** 0 = read-only; null = use is counted, and never refused by this budget. */
  readonly capMicros: number | null;
  /** The rolling window; null = the key's lifetime: what was spent is never free again. */
  readonly windowMs: number | null;
}

/** What is fixed when a vault key is made. */
export interface NewVaultKey {
  readonly id: string;
  /** Hex SHA-256 of the secret. The secret itself never enters the ledger. */
  readonly hash: string;
  readonly name: string;
  /** The API that the key is for. */
  readonly vendor: string;
  /** The named credential of the vendor under which its calls go out. */
  readonly account: string;
  readonly role: string | null;
  /** Opaque to the ledger: JSON, which `parsePolicy` turns into what `VaultKey` shows. */
  readonly policy: unknown;
  /** Shown in, and searchable by, every row of the key. At most `LABELS_MAX`. */
  readonly labels: Labels;
  readonly simulate: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly ownBudget: OwnBudget;
  /** Names of shared budgets that are charged together with the key's own. At most `BUDGETS_PER_KEY_MAX`. */
  readonly budgets: readonly string[];
  /** Most calls that may ever be admitted (replays and refusals are not counted). */
  readonly maxCalls: number | null;
  /** Most calls, replays included and refusals not, in any 60 s. */
  readonly ratePerMinute: number | null;
  /** The key that made it with its own secret, and the first of that line; both null for who was issued by an admin. */
  readonly parentId: string | null;
  readonly rootId: string | null;
}

/** Who calls, as far as stops look at it: fields of `CallFacts`. */
export type StoppedCaller = Pick<CallFacts, "vaultKeyId" | "role" | "labels" | "agent">;

/**
 * What stops calls until it is lifted: those that have all that it names, also of keys that are made later. What names
 * nothing stops all.
 */
export interface Stop {
  readonly id: string;
  readonly at: number;
  readonly role: string | null;
  /** By what calls say of themselves, and for `vaultKeyIds`, whatever their calls say. */
  readonly agent: string | null;
  readonly labels: Labels;
  /**
   * Keys that calls under the agent's name have used, at most `STOPPED_KEYS_MAX` when it is asked for; and all that came of
   * them. None without an agent.
   */
  readonly vaultKeyIds: readonly string[];
  /** In the words of whoever stopped them. */
  readonly reason: string | null;
}

/** A vault key with its policy as `parsePolicy` understands it. */
export interface VaultKey<P = unknown> extends NewVaultKey {
  readonly policy: P;
  /** Of the secret that it was asked for by, else of its newest one: a rotation changes it. */
  readonly hash: string;
  /** When the secret that it was asked for by ends, or has ended, because another has taken its place; null for the newest. */
  readonly secretEndsAt: number | null;
  readonly revokedAt: number | null;
  /** Since when no call of the key is let through, until it is resumed. */
  readonly pausedAt: number | null;
  /** 1: a key above it is paused. */
  readonly pausedAbove: number;
  /** All that stand, whether they stop calls of this key or not (`stopCovers`). */
  readonly stops: readonly Stop[];
  /** Calls admitted so far. */
  readonly calls: number;
}

/** A vault key with what its own budget has used in the window that ends at the asked moment. */
export interface VaultKeyUsage<P = unknown> extends VaultKey<P> {
  readonly spentMicros: number;
  /** Held, unknown and awaiting together: reserved, not known to have moved. */
  readonly heldMicros: number;
  /** The least that any budget of the key, or an ancestor of one, still allows; null without any cap. Never negative. */
  readonly remainingMicros: number | null;
}

/** What is fixed when a shared budget is made; only its cap changes later. */
export interface NewBudget {
  readonly name: string;
  readonly capMicros: number;
  /** The rolling window; null = its lifetime: what was spent is never free again. */
  readonly windowMs: number | null;
  /** Name of the budget that is charged with everything that this one is charged with. */
  readonly parent: string | null;
  readonly createdAt: number;
}

/** A shared budget and its use, by real keys, in the window that ends at the asked moment. */
export interface BudgetUsage extends NewBudget {
  readonly spentMicros: number;
  readonly heldMicros: number;
  /** The least that it and its ancestors still allow. Never negative, even when a cap was lowered under what is used. */
  readonly remainingMicros: number;
}

/** What is known of a call before anything is decided. */
export interface CallFacts {
  readonly callId: string;
  /** When the call arrived. */
  readonly at: number;
  readonly vaultKeyId: string;
  readonly vaultKeyName: string;
  /** As the key's, like `account` and `simulate`; anything else is refused. */
  readonly vendor: string;
  readonly account: string;
  readonly simulate: boolean;
  readonly role: string | null;
  readonly labels: Labels;
  readonly runId: string | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly turn: string | null;
  readonly traceparent: string | null;
  /** Null when the path resolves to no operation. */
  readonly operation: string | null;
  readonly method: string;
  readonly path: string;
  /** As the caller sent it. */
  readonly idempotencyKey: string | null;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly usdMicros: number;
  /** Whose money or data it is about, as far as the request or a look-up said so. */
  readonly customer?: string | null;
  /** What it would have been refused with, but that its key only observes. */
  readonly wouldCode?: string | null;
}

/** An audit row. Field for field the answer of `GET /admin/audit`, in the ledger's spelling. */
export interface Call extends CallFacts {
  readonly decision: CallDecision;
  /** The refusal's code, or the code of the error that was answered; null on success. */
  readonly code: string | null;
  readonly customer: string | null;
  /** See `CallFacts`; null on every call that was refused. */
  readonly wouldCode: string | null;
  readonly state: CallState;
  /** HTTP status that was answered; null while unanswered (or when the process died before). */
  readonly status: number | null;
  readonly upstreamRequestId: string | null;
  /** As it was forwarded; null when the call claimed nothing of its own. */
  readonly upstreamIdempotencyKey: string | null;
  /** The object that was made or changed; known from the start when the call sets its total. */
  readonly objectId: string | null;
  readonly latencyMs: number | null;
  /** How many calls the row stands for: 1, but for refusals that share a row. */
  readonly times: number;
  /** Set when it is posted or voided. */
  readonly settledBy: SettledBy | null;
  /** Why a person settled it so, in their words. */
  readonly settledReason: string | null;
  /** What it moved beyond what was held for it: the price was wrong, or somebody else changed the object. */
  readonly overHoldMicros: number;
}
