import { assertBooks } from "./errors.ts";

/** A budget's counters in US cents at one moment, with everything outside its window already taken off. */
export interface BudgetState {
  /** Null for a vault key's own budget. */
  readonly name: string | null;
  /** Null: use is counted and nothing is refused. */
  readonly capCents: number | null;
  /** Reserved: held and unknown together. */
  readonly heldCents: number;
  /** Moved within the window. */
  readonly postedCents: number;
}

/** Throws `assertion_failed` unless it is a non-negative safe integer: the only money there is. */
export function assertCents(cents: number, what: string): void {
  assertBooks(Number.isSafeInteger(cents) && cents >= 0, `${what} is ${cents} cents`);
}

/** What the budget still allows, never negative; null when it has no cap. */
export function budgetRemainingCents(budget: BudgetState): number | null {
  if (budget.capCents === null) return null;
  return Math.max(0, budget.capCents - budget.heldCents - budget.postedCents);
}

/** Whether a hold of so many cents keeps held + posted within the cap. */
export function budgetFits(budget: BudgetState, cents: number): boolean {
  // Subtractions, because a sum of two large safe integers may not be one.
  return budget.capCents === null || cents <= budget.capCents - budget.heldCents - budget.postedCents;
}

/** Reserves. The caller has checked `budgetFits`; this checks it again, because money depends on it. */
export function budgetHold<B extends BudgetState>(budget: B, cents: number): B {
  assertBooks(budgetFits(budget, cents), `a hold of ${cents} cents passes the cap`);
  return checked({ ...budget, heldCents: budget.heldCents + cents });
}

/** Gives a hold back. */
export function budgetRelease<B extends BudgetState>(budget: B, cents: number): B {
  return checked({ ...budget, heldCents: budget.heldCents - cents });
}

/** Counts money that moved. It moved, so this may pass the cap; `verify` reports it then. */
export function budgetPost<B extends BudgetState>(budget: B, cents: number): B {
  return checked({ ...budget, postedCents: budget.postedCents + cents });
}

/** Takes off what has left the window. */
export function budgetExpire<B extends BudgetState>(budget: B, cents: number): B {
  return checked({ ...budget, postedCents: budget.postedCents - cents });
}

function checked<B extends BudgetState>(budget: B): B {
  assertCents(budget.heldCents, "a budget's held");
  assertCents(budget.postedCents, "a budget's posted");
  return budget;
}
