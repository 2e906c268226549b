import type { Settlement } from "./requests.ts";
import type { CallDecision, CallState } from "./types.ts";

/** The row that a settlement meets. */
export interface SettlementState {
  readonly decision: CallDecision;
  readonly state: CallState;
  readonly status: number | null;
  /** What it holds while it is held, unknown or awaiting. */
  readonly usdMicros: number;
  /** When it was last sent. */
  readonly sentAt: number | null;
  /** Who is sending it; null unless it is held. */
  readonly owner: string | null;
}

/** Who settles a call by its answer, and which sending of it the answer is of. */
export interface Sender {
  readonly owner: string;
  /** Null when it has not sent it itself, as far as it knows. */
  readonly sentAt: number | null;
}

export type SettlementDecision =
  | {
      readonly kind: "apply";
      readonly state: CallState;
      /** To give back in every book of the key. */
      readonly releaseMicros: number;
      /** To post in every book of the key, at the ledger's time. */
      readonly postMicros: number;
      /** False: the claim is given back and the act may be tried anew as another call. */
      readonly keepsClaim: boolean;
    }
  /** Whoever settles it did not send it, and it is being sent, or was sent since they looked. */
  | { readonly kind: "in_flight" }
  /** The row has its outcome already. */
  | { readonly kind: "already_settled" }
  /** A hold that costs something cannot end as a read. */
  | { readonly kind: "contradiction" };

/**
 * Decides what a settlement does to its row and to the budgets. Pure. A row that reserved nothing and claims
 * nothing (a read) stays `none` whatever its outcome, unless money did move after all: that is posted.
 */
export function decideSettlement(
  row: SettlementState,
  settlement: Settlement,
  sender: Sender | null = null,
): SettlementDecision {
  const isPending = row.state === "held" || row.state === "unknown" || row.state === "awaiting";
  const { by } = settlement;
  // Whoever sent a read settles it, and nobody else.
  const isUnanswered = row.state === "none" && row.decision === "allowed" && row.status === null;
  const isUnansweredRead = isUnanswered && by.kind === "answer";
  if (!isPending && !isUnansweredRead) return { kind: "already_settled" };
  if (isSuperseded(row, settlement) || (isPending && isOfAnother(row, settlement, sender)))
    return { kind: "in_flight" };

  const heldMicros = isPending ? row.usdMicros : 0;
  const { refused, usdMicros, answer } = settlement;
  if (settlement.state === "posted" && (!refused || usdMicros > 0)) {
    return apply("posted", heldMicros, usdMicros, !refused || answer !== null);
  }
  if (isUnansweredRead) return apply("none", 0, 0, true);
  if (settlement.state === "unknown") return apply("unknown", 0, 0, true);
  if (settlement.state === "awaiting") return apply("awaiting", 0, 0, !refused || answer !== null);
  if (settlement.state === "none" && heldMicros > 0) return { kind: "contradiction" };
  // Nothing moved: with an answer the act is finished, without one it never happened.
  const state = settlement.state === "posted" ? "voided" : settlement.state;
  return apply(state, heldMicros, 0, answer !== null || wasDone(row));
}

/** Whether it was answered with success, and waited for somebody to pay: the act was done, whatever came of it. */
function wasDone({ state, status }: SettlementState): boolean {
  return state === "awaiting" && status !== null && status < 300;
}

function isSuperseded({ state, sentAt }: SettlementState, { by }: Settlement): boolean {
  if (by.kind === "answer") return false;
  return state === "held" || (by.kind === "reconciler" && by.sentAt !== sentAt);
}

/**
 * An owner whose lease has ended may live on, and get its answer when another has sent the act again: what it learnt
 * says nothing about that.
 */
function isOfAnother(row: SettlementState, { by }: Settlement, sender: Sender | null): boolean {
  if (by.kind !== "answer" || sender === null) return false;
  if (row.state === "held" && row.owner !== sender.owner) return true;
  return sender.sentAt !== null && sender.sentAt !== row.sentAt;
}

function apply(
  state: CallState,
  releaseMicros: number,
  postMicros: number,
  keepsClaim: boolean,
): SettlementDecision {
  return { kind: "apply", state, releaseMicros, postMicros, keepsClaim };
}
