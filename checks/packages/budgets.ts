import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isAdapter } from "../../scripts/workspace.ts";
import budgets from "../budgets.json" with { type: "json" };
import { say } from "./command.ts";
import type { Tarball } from "./tarballs.ts";

/** Bytes of the tarball as downloaded, and of all JavaScript in it as it is (not minified, not bundled). */
interface Budget {
  readonly packed: number;
  readonly js: number;
}

async function measure({ file, folder, entries }: Tarball): Promise<Budget> {
  const scripts = entries.filter((entry) => entry.endsWith(".js"));
  const sizes = await Promise.all(scripts.map(async (entry) => (await stat(join(folder, entry))).size));
  return { packed: (await stat(file)).size, js: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Core and adapters against `checks/budgets.json`. A budget is raised in the change that needs it, with a reason. */
export async function checkBudgets(tarballs: readonly Tarball[]): Promise<string[]> {
  const limits: Readonly<Record<string, Budget>> = budgets;
  const problems: string[] = [];
  say("\npackage                    packed / limit      dist JS / limit   (bytes)");
  for (const tarball of tarballs.filter((one) => isAdapter(one) || one.name === "@keybrake/core")) {
    const { name } = tarball;
    const limit = limits[name];
    if (limit === undefined) {
      problems.push(`budget of ${name}: there is none in checks/budgets.json`);
      continue;
    }
    const size = await measure(tarball);
    const pair = (key: keyof Budget) => `${size[key]} / ${limit[key]}`;
    say(`${name.padEnd(24)} ${pair("packed").padStart(16)} ${pair("js").padStart(20)}`);
    for (const key of ["packed", "js"] as const)
      if (size[key] > limit[key]) problems.push(`budget of ${name}: ${key} ${pair(key)}`);
  }
  return problems;
}
