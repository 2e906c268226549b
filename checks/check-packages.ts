/**
 * What npm would get, checked as npm would get it: every published package is packed with pnpm, then its content,
 * its shape, its size, its public exports, its use in an empty project and its release are tried. Needs a build,
 * and the npm registry for the installs.
 */
import { checkInstalled } from "./check-installed.ts";
import { checkRelease } from "./check-release.ts";
import { checkBudgets } from "./packages/budgets.ts";
import { report, say } from "./packages/command.ts";
import { checkShape } from "./packages/shape.ts";
import { type Tarball, withTarballs } from "./packages/tarballs.ts";
import { apiReports } from "./write-api-reports.ts";

const CHECKS: readonly [string, (tarballs: readonly Tarball[]) => Promise<string[]>][] = [
  ["shape: content, publint, are-the-types-wrong", checkShape],
  ["byte budgets", checkBudgets],
  ["API reports", () => apiReports({ write: false })],
  ["use in empty projects", checkInstalled],
  ["release, dry run", checkRelease],
];

const problems = await withTarballs(async (tarballs) => {
  say(`packed ${tarballs.length} packages`);
  const found: string[] = [];
  for (const [name, check] of CHECKS) {
    const start = performance.now();
    const here = await check(tarballs);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    say(`-- ${name}: ${here.length === 0 ? "ok" : `${here.length} FAILED`} (${seconds} s)`);
    found.push(...here);
  }
  return found;
});
report(problems);
