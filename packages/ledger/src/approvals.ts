import type { CallFacts } from "./types.ts";

/*
 * A person's yes or no to one act of one key: asked for by a call that is refused until there is one.
 */

/**
 * `pending`: a person was asked. `approved`: the next call that says the very same is admitted, once. `used`: it was.
 * `denied`: the act is refused, in whatever words. Each stands until `Approval.endsAt` alone, but for `used`.
 */
export type ApprovalState = "pending" | "approved" | "denied" | "used";

/** Why a person is asked: the call moves much, or a budget of its key is nearly used up. */
export type ApprovalCause = "amount" | "budget";

/** What a person was asked, and what became of it. */
export interface Approval {
  readonly approvalId: string;
  /** Place in the order of asking. */
  readonly sequence: number;
  /** Of the call that asked first. Its `usdMicros` is what its budgets would be charged with. */
  readonly facts: CallFacts;
  /** What the act is, however it is worded: a denial is for all of it. */
  readonly act: string;
  /** What was asked for in every detail, and in which run: an approval is for nothing else. */
  readonly terms: string;
  /** What the call would move; it may come to less when it is used, and to no more. */
  readonly movedMicros: number;
  readonly cause: ApprovalCause;
  /** What was asked for, for a person to read. Opaque here. */
  readonly content: string;
  readonly askedAt: number;
  /** From this moment on it is as if it had never been asked for, by the clock that ends it first. */
  readonly endsAt: number;
  /** How long a denial stands. */
  readonly deniedMs: number;
  readonly state: ApprovalState;
  readonly decidedAt: number | null;
  /** Who decided, as far as whoever passed it on knows. */
  readonly decidedBy: string | null;
  /** Why, in their words. */
  readonly decidedReason: string | null;
  /** The call that was admitted by it. */
  readonly usedBy: string | null;
}

/** What a call brings along of which a person may have to be asked. */
export interface ApprovalRequest {
  /** The id of what is asked, if it is asked now. */
  readonly approvalId: string;
  readonly act: string;
  readonly terms: string;
  readonly movedMicros: number;
  /** Whether a person is asked whatever the budgets still allow. */
  readonly always: boolean;
  /** Asked when a budget of the key would be used up by more than so many percent; null: whatever the budgets say, nobody is. */
  readonly askAtPercent: number | null;
  /** How long what is asked now stands. */
  readonly expiresInMs: number;
  readonly deniedMs: number;
  readonly content: string;
}

/** The answer of a person, as whoever passes it on says. */
export interface ApprovalAnswer {
  readonly approvalId: string;
  readonly decision: "approved" | "denied";
  readonly by: string;
  readonly reason: string | null;
  /** By the clock that ends what ends first. */
  readonly deadlineTime: number;
}

export type ApprovalAnswered =
  /** As it is from now on; the same answer given again changes nothing. */
  | { readonly kind: "decided"; readonly approval: Approval }
  /** Somebody else has decided otherwise, or it was used. */
  | { readonly kind: "decided_before"; readonly approval: Approval }
  /** Too late: its time is over, or its key's is. */
  | { readonly kind: "ended"; readonly approval: Approval }
  | { readonly kind: "not_found" };

/** How a list shows an approval: by what is so at a moment. */
export type ApprovalStatus = ApprovalState | "expired";

/** `expired`: its time was over before it was decided, or used. */
export function approvalStatus({ state, endsAt }: Approval, moment: number): ApprovalStatus {
  return (state === "pending" || state === "approved") && moment >= endsAt ? "expired" : state;
}

export interface ApprovalFilter {
  readonly status?: ApprovalStatus | undefined;
  readonly vaultKeyId?: string | undefined;
}
