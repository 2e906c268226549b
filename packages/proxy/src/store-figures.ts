import type { BudgetUsage, Ledger, UnresolvedSum } from "@keybrake/ledger";
import { Gauge, Registry } from "prom-client";
import { LIMITS } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { toUsd } from "./usd.ts";

/** What the books say when metrics are read. */
export interface StoreFigures {
  /** Without any name that somebody chose. */
  readonly open: Registry;
  /** By the names of budgets: for those who may know them. */
  readonly named: Registry;
  /** Reads them from the store. A store that fails leaves them as they were, and says so. Rejects never. */
  refresh(): Promise<void>;
}

export interface FiguresDependencies {
  readonly ledger: Pick<Ledger<Policy>, "sumUnresolved" | "listBudgets">;
  readonly clock: () => number;
}

export function createStoreFigures({ ledger, clock }: FiguresDependencies): StoreFigures {
  const open = new Registry();
  const named = new Registry();
  const isUp = new Gauge({
    name: "keybrake_store_up",
    help: "Whether the store answered when these figures were read: 1 or 0. Without it, they are the last known.",
    registers: [open],
  });
  const showUnresolved = createUnresolvedGauges(open);
  const showBudgets = createBudgetGauges(named);
  return {
    open,
    named,
    async refresh() {
      try {
        showUnresolved(await ledger.sumUnresolved());
        // A page is the bound: whoever has more budgets than that asks the admin API for them.
        showBudgets((await ledger.listBudgets({ limit: LIMITS.budgetsLookedAt }, clock())).data);
        isUp.set(1);
      } catch {
        isUp.set(0);
      }
    },
  };
}

const UNRESOLVED = ["held", "unknown", "awaiting"] as const;

/** Money of real keys that is reserved and not known to have moved. */
function createUnresolvedGauges(registry: Registry): (sums: readonly UnresolvedSum[]) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ["state"], registers: [registry] });
  const calls = gauge("keybrake_unresolved_calls", "Calls whose money is reserved, by state.");
  const usd = gauge("keybrake_unresolved_usd", "US dollars that are reserved, by state.");
  const oldest = gauge(
    "keybrake_unresolved_oldest_timestamp_seconds",
    "When the oldest call whose money is reserved arrived, by state; 0 without any.",
  );
  return (sums) => {
    for (const state of UNRESOLVED) {
      const sum = sums.find((candidate) => candidate.state === state);
      calls.set({ state }, sum?.calls ?? 0);
      usd.set({ state }, toUsd(sum?.usdMicros ?? 0));
      oldest.set({ state }, (sum?.oldestAt ?? 0) / 1000);
    }
  };
}

/** How close budgets are to their caps: those that are closest, so that their names stay a bounded set. */
function createBudgetGauges(registry: Registry): (budgets: readonly BudgetUsage[]) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name, help, labelNames: ["budget"], registers: [registry] });
  const cap = gauge("keybrake_budget_cap_usd", "Cap of a budget, of those that are closest to theirs.");
  const remaining = gauge(
    "keybrake_budget_remaining_usd",
    "What may still be spent of a budget now, its parents' caps included.",
  );
  const held = gauge(
    "keybrake_budget_held_usd",
    "Of a budget, what is reserved and not known to have moved.",
  );
  return (budgets) => {
    for (const shown of [cap, remaining, held]) shown.reset();
    for (const { name: budget, capMicros, remainingMicros, heldMicros } of closest(budgets)) {
      cap.set({ budget }, toUsd(capMicros));
      remaining.set({ budget }, toUsd(remainingMicros));
      held.set({ budget }, toUsd(heldMicros));
    }
  };
}

/** Least left for its size first. A budget of nothing has nothing to come close to. */
function closest(budgets: readonly BudgetUsage[]): readonly BudgetUsage[] {
  const left = ({ remainingMicros, capMicros }: BudgetUsage) => remainingMicros / capMicros;
  return budgets
    .filter(({ capMicros }) => capMicros > 0)
    .toSorted((one, other) => left(one) - left(other))
    .slice(0, LIMITS.budgetsShown);
}
