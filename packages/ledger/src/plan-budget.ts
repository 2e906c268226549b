import { leastRemainingMicros } from "./book.ts";
import { BUDGET_DEPTH_MAX } from "./limits.ts";
import { type NeedsDraft, needTime } from "./needs.ts";
import { bookById, type Plan, type PlanState, UNCHANGED } from "./plan.ts";
import { type Book, type BudgetRow, bookId, type NewBudgetRow } from "./rows.ts";
import type { BudgetUsage, NewBudget } from "./types.ts";

/** What becomes of a new budget. `budget_too_deep`: it would have `BUDGET_DEPTH_MAX` ancestors or more. */
export type BudgetCreation = "created" | "budget_exists" | "parent_not_found" | "budget_too_deep";

export function budgetNeeds(needs: NeedsDraft, { name, parent }: NewBudget): void {
  needs.numbers.budgets++;
  needs.budgets.add(name);
  if (parent !== null) needs.budgets.add(parent);
}

/** `Ledger.createBudget`. A parent must be there before its children, so no circle can come to be. Pure. */
export function planBudget(state: PlanState, budget: NewBudget): Plan<BudgetCreation> {
  const parent = budget.parent === null ? null : state.budgets.get(budget.parent);
  if (state.budgets.has(budget.name)) return { result: "budget_exists", changes: UNCHANGED };
  if (parent === undefined) return { result: "parent_not_found", changes: UNCHANGED };
  const id = state.nextNumber.budget;
  const lineage = [id, ...(parent?.lineage ?? [])];
  if (lineage.length > BUDGET_DEPTH_MAX) return { result: "budget_too_deep", changes: UNCHANGED };
  const { name, capMicros, windowMs, createdAt } = budget;
  const row: NewBudgetRow = {
    id,
    name,
    capMicros,
    windowMs,
    parentId: parent?.id ?? null,
    createdAt,
    bookIds: [bookId(id, false), bookId(id, true)],
  };
  return { result: "created", changes: { newBudgets: [row], budget: { ...budget, id, lineage } } };
}

export function capNeeds(needs: NeedsDraft, name: string, now: number): void {
  needTime(needs, now);
  needs.budgets.add(name);
}

/** `Ledger.updateBudget`: the new cap, and the use under it. Pure. */
export function planCap(state: PlanState, name: string, capMicros: number): Plan<BudgetUsage | null> {
  const known = state.budgets.get(name);
  if (known === undefined) return { result: null, changes: UNCHANGED };
  const budget: BudgetRow = { ...known, capMicros };
  const books = budget.lineage.map((id) => bookById(state, bookId(id, false)));
  const [own, ...ancestors] = books;
  const changed = own === undefined ? [] : [{ ...own, capMicros }];
  return {
    result: budgetUsage(budget, [...changed, ...ancestors]),
    changes: { budget, cap: { budgetId: budget.id, capMicros } },
  };
}

/** A budget as the interface shows it. `books`: its own for real keys, then its ancestors'. */
export function budgetUsage(budget: NewBudget, books: readonly Book[]): BudgetUsage {
  const { name, capMicros, windowMs, parent, createdAt } = budget;
  return {
    name,
    capMicros,
    windowMs,
    parent,
    createdAt,
    spentMicros: books[0]?.postedMicros ?? 0,
    heldMicros: books[0]?.heldMicros ?? 0,
    remainingMicros: leastRemainingMicros(books) ?? 0,
  };
}
