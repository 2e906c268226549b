import { LIMITS } from "../limits.ts";
import type { Trace } from "../vendors/trace.ts";

/** Where a plan of look-ups ended, or why it did not. */
export type TraceEnd =
  | Exclude<Trace, { readonly kind: "lookup" }>
  /** The vendor could not be asked. */
  | { readonly kind: "unanswered"; readonly reason: string };

/** What there is to decide by. Times are the proxy's steady clock. */
export interface ReconciliationFacts {
  readonly now: number;
  /** When the call was last sent. */
  readonly sentAt: number;
  /** Since when this process watches: a clock that was set between two starts must not make a call look old. */
  readonly watchedSince: number;
  /** Whether it is asked with the credential that sent it: another one may be of another account. */
  readonly sameCredential: boolean;
  /** Whether what is unpaid keeps its hold, by the policy of the key that made the call. */
  readonly holdsUnpaid: boolean;
  /** How far the vendor's clock is from the proxy's; null when the vendor did not say. */
  readonly clockDifferenceMs: number | null;
}

/** An object that was found, for the figures of whoever made it. */
export interface FoundObject {
  readonly object: unknown;
  readonly objectId: string | null;
}

export type Reconciliation =
  | ({ readonly kind: "posted" } & FoundObject)
  /** It is there, waits for its payer, and stays held until it is paid. */
  | ({ readonly kind: "unpaid" } & FoundObject)
  /** Nothing moved. `made`: what it has left all the same, which is dead. */
  | { readonly kind: "voided"; readonly reason: string; readonly made: FoundObject | null }
  /** Time will tell. */
  | { readonly kind: "waiting"; readonly reason: string }
  /** Time will not tell: a person must. */
  | { readonly kind: "unsettled"; readonly reason: string };

/** Decides what look-ups say about a call. Pure; reasons continue no sentence, and name no key. */
export function decideReconciliation(end: TraceEnd, facts: ReconciliationFacts): Reconciliation {
  switch (end.kind) {
    case "found": {
      const { object, objectId, unpaid } = end;
      return { kind: unpaid && facts.holdsUnpaid ? "unpaid" : "posted", object, objectId };
    }
    case "dead": {
      const { object, objectId } = end;
      return { kind: "voided", reason: "what it made will never be paid", made: { object, objectId } };
    }
    case "refused":
      return { kind: "voided", reason: "the vendor says that it did not happen", made: null };
    case "pending":
      return { kind: "waiting", reason: "it is neither decided nor paid yet" };
    case "unanswered":
      return { kind: "waiting", reason: end.reason };
    case "untraceable":
      return { kind: "unsettled", reason: end.reason };
    case "absent":
      return decideAbsence(facts);
  }
}

/** Nothing is freed by what may only not be shown yet, or be shown elsewhere. */
function decideAbsence(facts: ReconciliationFacts): Reconciliation {
  const { now, sentAt, watchedSince, sameCredential, clockDifferenceMs } = facts;
  if (!sameCredential) {
    const reason = "the credential was replaced since it was sent, so that nothing shown proves nothing";
    return { kind: "unsettled", reason };
  }
  if (clockDifferenceMs !== null && Math.abs(clockDifferenceMs) >= LIMITS.clockDifferenceMs) {
    const reason = "this machine's clock and the vendor's differ too much for lists by time";
    return { kind: "unsettled", reason };
  }
  if (now < Math.max(sentAt, watchedSince) + LIMITS.absentAfterMs)
    return { kind: "waiting", reason: "nothing is shown of it yet" };
  return { kind: "voided", reason: "the vendor shows nothing of it", made: null };
}
