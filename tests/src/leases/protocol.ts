/**
 * Budget leases (docs/scale.md): what a region and the lender of its money decide. Pure; whatever is returned is durable
 * before it is acted upon, and before a message tells of it. Money is in integers of any one unit.
 */

/** What a region has borrowed of a budget. */
export interface Lease {
  /** What was spent under slices that are closed, and all that an earlier life of the region had spent or held. */
  readonly closed: number;
  /** Oldest first. */
  readonly slices: readonly Slice[];
  /** Of closed slices, until the lender has acknowledged them. */
  readonly reports: readonly Report[];
}

/** A part of the lender's cap. Its id is never used again, nor made by anything that a backup could bring back. */
export interface Slice {
  readonly id: string;
  /** Null: asked for, and not answered yet. */
  readonly granted: number | null;
}

export interface Report {
  readonly id: string;
  /** All that may count as spent under the slice, for good. */
  readonly spent: number;
}

/** What a region has spent in its whole life, and what it holds: a lifetime budget's book. */
export interface LocalBook {
  readonly held: number;
  readonly posted: number;
}

export const NOTHING_BORROWED: Lease = { closed: 0, slices: [], reports: [] };

/** The region's cap, for a lifetime: its admission is the ledger's own, held + posted + asked ≤ cap. */
export function capOf({ closed, slices }: Lease): number {
  return slices.reduce((sum, { granted }) => sum + (granted ?? 0), closed);
}

/** What may still be held. Below zero after a restore that has forgotten slices: they are missed, and nothing else is. */
export function rightOf(lease: Lease, { held, posted }: LocalBook): number {
  return capOf(lease) - held - posted;
}

/** One question at a time, before the right is used up. */
export function wantsSlice(lease: Lease, book: LocalBook, low: number): boolean {
  return rightOf(lease, book) < low && lease.slices.every(({ granted }) => granted !== null);
}

export function withAsked(lease: Lease, id: string): Lease {
  return { ...lease, slices: [...lease.slices, { id, granted: null }] };
}

/** An answer that comes twice, or late, finds no question any more. `granted` 0: there was nothing to lend. */
export function withAnswered(lease: Lease, id: string, granted: number): Lease {
  const slices = lease.slices.flatMap((slice) => {
    if (slice.id !== id || slice.granted !== null) return [slice];
    return granted === 0 ? [] : [{ id, granted }];
  });
  return { ...lease, slices };
}

/** Slices that are used up are closed: the lender counts them as spent from when it hears of it. */
export function closeSpent(lease: Lease, { posted }: LocalBook): Lease {
  let now = lease;
  for (const slice of lease.slices) {
    if (slice.granted === null || slice.granted > posted - now.closed) break;
    now = close(now, slice.id, slice.granted);
  }
  return now;
}

/** Closes the newest slice when its rest is free beyond what the region keeps: the lender has the rest again. */
export function giveBack(lease: Lease, book: LocalBook, keep: number): Lease {
  const slice = lease.slices.findLast(({ granted }) => granted !== null);
  if (slice === undefined || slice.granted === null) return lease;
  // What is spent belongs to the older ones first.
  const below = capOf(lease) - slice.granted;
  const spent = Math.max(0, book.posted - below);
  const rest = slice.granted - spent;
  return rest > 0 && rightOf(lease, book) - rest >= keep ? close(lease, slice.id, spent) : lease;
}

/** For good: what was not spent under it can be spent no more, from this very change on. */
function close({ closed, slices, reports }: Lease, id: string, spent: number): Lease {
  return {
    closed: closed + spent,
    slices: slices.filter((slice) => slice.id !== id),
    reports: [...reports, { id, spent }],
  };
}

export function withAcknowledged(lease: Lease, id: string): Lease {
  return { ...lease, reports: lease.reports.filter((report) => report.id !== id) };
}

/**
 * A region whose books come from a backup: what it has closed since it does not know, so none of its slices is worth
 * anything here. They stay lent until a person settles them as spent, when nothing of that life is in flight any more.
 */
export function afterRestore({ held, posted }: LocalBook): Lease {
  return { ...NOTHING_BORROWED, closed: held + posted };
}

/** The budget where it is at home. The functions below change it in place, each as one transaction would. */
export interface LentBudget {
  readonly cap: number;
  readonly windowMs: number;
  /** What is lent and not settled, and what the lender's own calls hold. */
  held: number;
  /** The sum of `postings`. */
  posted: number;
  /** What has not left the window, oldest first, by the lender's clock. */
  readonly postings: { readonly at: number; readonly amount: number }[];
  /** By slice; never forgotten, also when nothing was granted: an id is answered in one way for ever. */
  readonly loans: Map<string, { readonly granted: number; readonly isSettled: boolean }>;
}

export function roomOf({ cap, held, posted }: LentBudget): number {
  return cap - held - posted;
}

/** As much as there is, at most what was asked for; the answer, now and at every repetition. */
export function lend(budget: LentBudget, id: string, upTo: number): number {
  const known = budget.loans.get(id);
  if (known !== undefined) return known.granted;
  const granted = Math.max(0, Math.min(upTo, roomOf(budget)));
  budget.loans.set(id, { granted, isSettled: granted === 0 });
  budget.held += granted;
  return granted;
}

/** Counted from now on, whenever it was spent; the rest may be lent again. Once per slice. */
export function settleLoan(budget: LentBudget, { id, spent }: Report, now: number): void {
  const loan = budget.loans.get(id);
  if (loan === undefined || loan.isSettled) return;
  budget.loans.set(id, { ...loan, isSettled: true });
  settle(budget, { held: loan.granted, amount: spent, now });
}

/** Gives a hold back and posts what was spent of it. */
export function settle(
  budget: LentBudget,
  { held, amount, now }: { readonly held: number; readonly amount: number; readonly now: number },
): void {
  budget.held -= held;
  budget.posted += amount;
  budget.postings.push({ at: now, amount });
}

/** What was posted a whole window ago counts no more. */
export function expire(budget: LentBudget, now: number): void {
  for (let first = budget.postings[0]; first !== undefined && first.at <= now - budget.windowMs; ) {
    budget.posted -= first.amount;
    budget.postings.shift();
    first = budget.postings[0];
  }
}
