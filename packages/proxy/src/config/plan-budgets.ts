import { BUDGET_DEPTH_MAX, DAILY_WINDOW_MS, type NewBudget } from "@keybrake/ledger";
import { toMicros } from "../usd.ts";
import { formatWindow, parseWindow } from "../window.ts";
import type { Declared } from "./declared.ts";

/** A budget as the file has it. */
export type DeclaredBudget = Omit<NewBudget, "createdAt">;

/** A budget as the books have it, and the cap that the file said when it was last applied; null when it never was. */
export interface KnownBudget extends DeclaredBudget {
  readonly lastDeclaredMicros: number | null;
}

export interface BudgetPlan {
  /** Parents before their children. */
  readonly make: readonly DeclaredBudget[];
  readonly change: readonly DeclaredBudget[];
  /** Whose cap an admin has changed since: it stays until the file says another. */
  readonly changedSince: readonly { readonly name: string; readonly capMicros: number }[];
  /** Why nothing of it can be done, in words; with one, nothing is. */
  readonly conflicts: readonly string[];
}

export function declaredBudgets(budgets: Declared["budgets"]): readonly DeclaredBudget[] {
  return Object.entries(budgets).map(
    ([name, { daily_usd_cap, usd_cap = 0, window = "24h", parent = null }]) => ({
      name,
      capMicros: toMicros(daily_usd_cap ?? usd_cap),
      windowMs: daily_usd_cap === undefined ? (parseWindow(window) ?? null) : DAILY_WINDOW_MS,
      parent,
    }),
  );
}

/**
 * What must be done so that the books have the budgets that are declared. A cap is changed when the file says another than
 * it said when it was last applied: what an admin has set since, as in an emergency, outlives a restart. Pure. `known`:
 * the budgets of these names, and all above them.
 */
export function planBudgets(
  declared: readonly DeclaredBudget[],
  known: ReadonlyMap<string, KnownBudget>,
): BudgetPlan {
  const byName = new Map(declared.map((budget) => [budget.name, budget]));
  const conflicts = declared.flatMap((budget) => conflictsOf(budget, byName, known));
  const make = declared
    .filter(({ name }) => !known.has(name))
    .toSorted((one, other) => heightOf(one, byName, known) - heightOf(other, byName, known));
  const standing = declared.flatMap((budget) => {
    const was = known.get(budget.name);
    return was === undefined ? [] : [{ budget, was }];
  });
  const change = standing.filter(({ budget, was }) => was.lastDeclaredMicros !== budget.capMicros);
  const left = standing.filter(
    ({ budget, was }) => was.lastDeclaredMicros === budget.capMicros && was.capMicros !== budget.capMicros,
  );
  return {
    conflicts,
    make,
    change: change.map(({ budget }) => budget),
    changedSince: left.map(({ was: { name, capMicros } }) => ({ name, capMicros })),
  };
}

type ByName = ReadonlyMap<string, Pick<NewBudget, "parent">>;

/** How many budgets are above it. The file has no circles, and the books have none: together they may. */
function heightOf({ parent }: Pick<NewBudget, "parent">, byName: ByName, known: ByName, bound = 100): number {
  if (parent === null || bound === 0) return 0;
  const above = known.get(parent) ?? byName.get(parent);
  return above === undefined ? 1 : 1 + heightOf(above, byName, known, bound - 1);
}

function conflictsOf(
  budget: DeclaredBudget,
  byName: ReadonlyMap<string, DeclaredBudget>,
  known: ReadonlyMap<string, KnownBudget>,
): readonly string[] {
  const { name, parent, windowMs } = budget;
  const was = known.get(name);
  if (was === undefined) {
    if (parent !== null && !byName.has(parent) && !known.has(parent))
      return [`budgets.${name}.parent: there is no budget ${parent}, neither in the file nor in the books.`];
    return heightOf(budget, byName, known) < BUDGET_DEPTH_MAX
      ? []
      : [
          `budgets.${name}.parent: with those in the books it would be one of more than ${BUDGET_DEPTH_MAX} in a line.`,
        ];
  }
  return [
    ...(was.windowMs === windowMs
      ? []
      : [
          `budgets.${name}: its window is ${formatWindow(was.windowMs)} in the books, and that is fixed. Give the new one another name.`,
        ]),
    ...(was.parent === parent
      ? []
      : [
          `budgets.${name}.parent: it is ${was.parent ?? "none"} in the books, and that is fixed. Give the new one another name.`,
        ]),
  ];
}
