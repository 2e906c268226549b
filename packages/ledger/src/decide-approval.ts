import type { Approval, ApprovalCause, ApprovalRequest } from "./approvals.ts";
import type { BookState } from "./book.ts";
import { APPROVALS_PENDING_MAX } from "./limits.ts";
import type { AdmitRequest } from "./requests.ts";

/** What one transaction knows of a key's approvals. */
export interface ApprovalsState {
  /** Ledger time, or the clock that ends what ends when that is later. */
  readonly now: number;
  /** Of the key alone. */
  readonly approvals: readonly Approval[];
  readonly books: readonly BookState[];
}

export type ApprovalDecision =
  /** Go on, using up `approval` when there is one; `outdated` are of no use any more. */
  | { readonly kind: "go"; readonly approval: Approval | null; readonly outdated: readonly Approval[] }
  /** It was asked before, and nobody has answered. */
  | { readonly kind: "pending"; readonly approval: Approval }
  | { readonly kind: "denied"; readonly approval: Approval }
  /** Ask; what was asked about the same at another price is `outdated`. */
  | { readonly kind: "ask"; readonly cause: ApprovalCause; readonly outdated: readonly Approval[] }
  /** As many of the key's acts wait for a person as may. */
  | { readonly kind: "full" };

/** A person need not be asked, or has agreed. */
export type Agreed = Extract<ApprovalDecision, { readonly kind: "go" }>;

/** A person has not agreed. */
export type NotAgreed = Exclude<ApprovalDecision, Agreed>;

/** Null when nobody need be asked, whatever the act costs. */
export function decideAsked(
  { now, approvals, books }: ApprovalsState,
  { approval, deadlineTime }: Pick<AdmitRequest, "approval" | "deadlineTime">,
  usdMicros: number,
): ApprovalDecision | null {
  if (approval === null) return null;
  return decideApproval({ now: Math.max(now, deadlineTime), approvals, books }, approval, usdMicros);
}

/**
 * Whether a person must be asked about an act that is about to be admitted, and what they have said. Pure. An approval
 * is for the very same call, at no higher price, once; a denial is for the act in whatever words.
 */
export function decideApproval(
  state: ApprovalsState,
  request: ApprovalRequest,
  usdMicros: number,
): ApprovalDecision {
  const live = state.approvals.filter(({ state: is, endsAt }) => is !== "used" && endsAt > state.now);
  const ofAct = live.filter(({ act }) => act === request.act);
  const denied = ofAct.find((approval) => approval.state === "denied");
  if (denied !== undefined) return { kind: "denied", approval: denied };
  const same = ofAct.filter(({ terms }) => terms === request.terms);
  const isEnough = ({ movedMicros }: Approval): boolean => request.movedMicros <= movedMicros;
  const approved = same.find((approval) => approval.state === "approved" && isEnough(approval));
  if (approved !== undefined) {
    return { kind: "go", approval: approved, outdated: ofAct.filter((other) => other !== approved) };
  }
  const cause = causeOf(state.books, request, usdMicros);
  if (cause === null) return { kind: "go", approval: null, outdated: [] };
  const pending = same.find((approval) => approval.state === "pending" && isEnough(approval));
  if (pending !== undefined) return { kind: "pending", approval: pending };
  const waiting = live.filter((approval) => approval.state === "pending").length;
  return waiting >= APPROVALS_PENDING_MAX ? { kind: "full" } : { kind: "ask", cause, outdated: same };
}

function causeOf(
  books: readonly BookState[],
  { always, askAtPercent }: ApprovalRequest,
  usdMicros: number,
): ApprovalCause | null {
  if (always) return "amount";
  if (askAtPercent === null || usdMicros === 0) return null;
  return books.some((book) => passes(book, usdMicros, askAtPercent)) ? "budget" : null;
}

function passes(
  { capMicros, heldMicros, postedMicros }: BookState,
  usdMicros: number,
  percent: number,
): boolean {
  // Both products are of whole numbers below 2^53: the largest cap is 10^13.
  return capMicros !== null && (heldMicros + postedMicros + usdMicros) * 100 > capMicros * percent;
}
