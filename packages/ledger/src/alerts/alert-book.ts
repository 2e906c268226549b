import type { CallDecision } from "../types.ts";

/*
 * Who wants to hear of what happens in the books, what they have been told, and what they are still to be told. The
 * books themselves know nothing of it: what is worth telling is found afterwards in what they have written, so a call
 * costs the same whether somebody listens or not.
 */

/** Somebody who is told. What `box` holds (an address, a secret) is sealed by whoever gives it. */
export interface AlertTarget {
  readonly id: string;
  readonly kind: string;
  /** Says where it is, without a secret. */
  readonly shown: string;
  readonly box: string;
  /** What it is told of, by type; null: of everything. */
  readonly types: readonly string[] | null;
  readonly createdAt: number;
  /** How many alerts it was never told, because too many waited for it. */
  readonly dropped: number;
}

/** Guards what must not be told twice. */
export interface AlertMark {
  readonly name: string;
  /** It guards what happens before; null: for ever. */
  readonly until: number | null;
}

/** Something to tell. Whether it is told at all, its mark decides. */
export interface AlertFiring {
  /** The same for every target and every try. */
  readonly id: string;
  readonly type: string;
  /** When it happened, as far as is known: a mark that has ended since guards what happened before. */
  readonly at: number;
  /** JSON. Neither a key nor anything of a customer's. */
  readonly payload: string;
  /** Nothing happens while a mark of this name guards. */
  readonly once: AlertMark;
  /** Set together with `once`, whatever they were. */
  readonly alsoMarks: readonly AlertMark[];
  /** The one target that is told, whatever its types; null: all that want to hear of the type. */
  readonly onlyTarget: string | null;
}

export type DeliveryState = "pending" | "delivered" | "failed";

/** One alert for one target. */
export interface AlertDelivery {
  readonly sequence: number;
  readonly alertId: string;
  readonly targetId: string;
  readonly type: string;
  readonly payload: string;
  readonly createdAt: number;
  readonly state: DeliveryState;
  /** How often it was begun to be sent. */
  readonly attempts: number;
  /** When it is to be sent next; meaningless once it is not pending. */
  readonly dueAt: number;
  /** HTTP status of the last try; null when there was no answer. */
  readonly status: number | null;
  /** Why the last try failed, in a word. */
  readonly error: string | null;
  readonly endedAt: number | null;
}

/** What became of one try. */
export interface DeliveryOutcome {
  readonly sequence: number;
  /** Of the claim under which it was sent: a later claim's outcome is not overwritten. */
  readonly token: string;
  readonly state: DeliveryState;
  readonly status: number | null;
  readonly error: string | null;
  /** When a pending one is to be sent again. */
  readonly dueAt: number;
  readonly at: number;
}

/** How far the books have been looked through. */
export interface AlertCursor {
  /** Up to which row of the calls, and when that was booked. */
  readonly call: number;
  readonly bookedAt: number;
  /** When somebody first wanted to hear: what was before is told to nobody. */
  readonly beganAt: number;
  readonly lookedAt: number;
}

/** Of a call's row, what tells whether it is worth telling of. */
export interface SeenCall {
  readonly sequence: number;
  readonly bookedAt: number;
  readonly vaultKeyId: string;
  readonly vaultKeyName: string;
  readonly simulate: boolean;
  readonly decision: CallDecision;
  readonly code: string | null;
  readonly times: number;
  readonly usdMicros: number;
}

/** A call that wants a person to look, and that nobody was told of. */
export interface TroubledCall {
  readonly callId: string;
  readonly vaultKeyId: string;
  readonly vaultKeyName: string;
  readonly usdMicros: number;
}

export interface RevokedKey {
  readonly id: string;
  readonly name: string;
  readonly revokedAt: number;
}

/** Names of the marks that say that somebody was told of a call or a key; `untold…` leaves out what has one. */
export const toldUnknown = (callId: string): string => `told:unknown:${callId}`;
export const toldOverHold = (callId: string): string => `told:over-hold:${callId}`;
export const toldRevoked = (vaultKeyId: string): string => `told:revoked:${vaultKeyId}`;

/** Every method that changes something resolves when it is durable; what it rejects with is a `LedgerError`. */
export interface AlertBook {
  listTargets(): Promise<readonly AlertTarget[]>;
  /** The first one begins to hear from now on. */
  addTarget(target: Omit<AlertTarget, "dropped">): Promise<void>;
  /** As `addTarget`; one of the id that is there is changed to this, but for when it was made. */
  putTarget(target: Omit<AlertTarget, "dropped">): Promise<void>;
  /** With everything that it was told or was to be told. */
  removeTarget(id: string): Promise<void>;

  /**
   * Writes down what is to be told, in one transaction: each whose mark does not guard, once, whoever else fires the same
   * at the same time. Of each target and state, `keptMax` deliveries are kept: the oldest go, and pending ones are counted.
   */
  fire(
    firings: readonly AlertFiring[],
    bounds: { readonly at: number; readonly keptMax: number },
  ): Promise<void>;

  /** Targets with something due that nobody is sending. */
  dueTargets(at: number): Promise<readonly string[]>;
  /** The target's oldest due delivery, for whoever claims it until `until`; null when none is due or one is being sent. */
  claim(claim: {
    readonly targetId: string;
    readonly token: string;
    readonly at: number;
    readonly until: number;
  }): Promise<AlertDelivery | null>;
  noteOutcome(outcome: DeliveryOutcome): Promise<void>;
  /** Newest first, from below a sequence on; null starts at the newest. */
  listDeliveries(page: {
    readonly targetId: string | null;
    readonly below: number | null;
    readonly limit: number;
  }): Promise<readonly AlertDelivery[]>;

  /** Null while nobody has ever wanted to hear. */
  cursor(): Promise<AlertCursor | null>;
  /** Never back. */
  moveCursor(to: Omit<AlertCursor, "beganAt">): Promise<void>;
  /** Rows after the cursor's, in order. */
  seeCalls(after: Pick<AlertCursor, "call" | "bookedAt">, limit: number): Promise<readonly SeenCall[]>;
  /** Oldest first. */
  untoldUnknown(limit: number): Promise<readonly TroubledCall[]>;
  /** Posted since; `usdMicros` is what moved beyond the hold. */
  untoldOverHolds(since: number, limit: number): Promise<readonly TroubledCall[]>;
  untoldRevoked(since: number, limit: number): Promise<readonly RevokedKey[]>;
}
