import type { Ledger } from "@keybrake/ledger";
import { ProxyError } from "../proxy-error.ts";
import { toUsd } from "../usd.ts";
import { formatWindow } from "../window.ts";
import type { ApplyDependencies } from "./apply-dependencies.ts";
import type { ConfigAction } from "./config-action.ts";
import type { Declared } from "./declared.ts";
import { type DeclaredBudget, declaredBudgets, type KnownBudget, planBudgets } from "./plan-budgets.ts";

/** Makes the budgets that are declared and changes the caps that the file has changed. Throws `config_invalid`. */
export async function applyBudgets(
  deps: ApplyDependencies,
  { budgets, file }: Pick<Declared, "budgets" | "file">,
  act: ConfigAction,
): Promise<void> {
  const { ledger, environment, log } = deps;
  const declared = declaredBudgets(budgets);
  const plan = planBudgets(declared, await knownBudgets(deps, declared, act));
  if (plan.conflicts.length > 0)
    throw new ProxyError(
      "config_invalid",
      plan.conflicts.map((conflict) => `${file}: ${conflict}`).join("\n"),
    );
  for (const { name, capMicros } of plan.changedSince)
    log.warn(
      { budget: name, usd_cap: toUsd(capMicros) },
      "an admin has changed this cap since it was declared: it stays",
    );
  const late: DeclaredBudget[] = [];
  for (const budget of plan.make) {
    const made = await act("budgets.create", budget.name, detailOf(budget), async () => {
      const createdAt = environment.clock();
      const created = await ledger.createBudget({ ...budget, createdAt });
      return created === "created" ? null : created;
    });
    // Another replica was quicker, perhaps by another file.
    if (made === "budget_exists") late.push(budget);
    else if (made !== null)
      throw new ProxyError("config_invalid", `${file}: budgets.${budget.name}: ${made}.`);
  }
  const again = late.length === 0 ? [] : (await replan(deps, late, file, act)).change;
  for (const budget of [...plan.change, ...again]) {
    await act("budgets.update", budget.name, detailOf(budget), async () => {
      await ledger.updateBudget(budget.name, budget.capMicros, environment.clock());
      return null;
    });
  }
}

async function replan(
  deps: ApplyDependencies,
  declared: readonly DeclaredBudget[],
  file: string,
  act: ConfigAction,
) {
  const plan = planBudgets(declared, await knownBudgets(deps, declared, act));
  if (plan.conflicts.length === 0) return plan;
  throw new ProxyError("config_invalid", plan.conflicts.map((conflict) => `${file}: ${conflict}`).join("\n"));
}

/** Those of the file's names, and all above them. */
async function knownBudgets(
  { ledger, environment }: ApplyDependencies,
  declared: readonly DeclaredBudget[],
  act: ConfigAction,
): Promise<ReadonlyMap<string, KnownBudget>> {
  const known = new Map<string, KnownBudget>();
  const names = declared.flatMap(({ name, parent }) => (parent === null ? [name] : [name, parent]));
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (known.has(name)) continue;
    const budget = await ledger.getBudget(name, environment.clock());
    if (budget === null) continue;
    const { capMicros, windowMs, parent } = budget;
    known.set(name, {
      name,
      capMicros,
      windowMs,
      parent,
      lastDeclaredMicros: await lastDeclared(ledger, name, act),
    });
    if (parent !== null) names.push(parent);
  }
  return known;
}

const ACTIONS_LOOKED_AT = 20;

/** Of the newest declaration that is known to have been carried out. */
async function lastDeclared(
  { admins }: Pick<Ledger, "admins">,
  target: string,
  { byId }: Pick<ConfigAction, "byId">,
): Promise<number | null> {
  const actions = await admins.listActions({ byId, target }, { below: null, limit: ACTIONS_LOOKED_AT });
  const done = actions.find(({ action, status }) => action.startsWith("budgets.") && status === 200);
  const { cap_micros } = JSON.parse(done?.detail ?? "{}") as { readonly cap_micros?: number };
  return cap_micros ?? null;
}

function detailOf({ capMicros, windowMs, parent }: DeclaredBudget): object {
  return { usd_cap: toUsd(capMicros), cap_micros: capMicros, window: formatWindow(windowMs), parent };
}
