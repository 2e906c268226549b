import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What became of each scenario with one adapter. */
export interface ContractReport {
  readonly adapter: string;
  readonly results: readonly ScenarioResult[];
}

export interface ScenarioResult {
  readonly scenario: string;
  readonly result: "passed" | "failed" | "skipped";
  /** Of a skip. */
  readonly reason?: string;
}

/** `.reports/contract` of the workspace that the folder belongs to, or else of the folder itself. */
export function reportFolder(from: string = process.cwd()): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return join(folder, ".reports", "contract");
    if (dirname(folder) === folder) return join(from, ".reports", "contract");
  }
}

export function writeReport(report: ContractReport, folder: string = reportFolder()): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${report.adapter}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** All reports of a folder, by the adapters' names; none when it does not exist. */
export function readReports(folder: string = reportFolder()): readonly ContractReport[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as ContractReport);
}

/**
 * What the contract table must not have: a scenario that no adapter passes, one that an adapter says nothing
 * about, a failure, a skip without a reason. One sentence each.
 */
export function findGaps(
  scenarios: readonly { readonly id: string }[],
  reports: readonly ContractReport[],
): string[] {
  const gaps: string[] = [];
  for (const { id } of scenarios) {
    const results = reports.map(({ adapter, results: all }) => ({
      adapter,
      result: all.find(({ scenario }) => scenario === id),
    }));
    if (!results.some(({ result }) => result?.result === "passed")) gaps.push(`${id}: no adapter passes it`);
    for (const { adapter, result } of results) {
      if (result === undefined) gaps.push(`${id}: ${adapter} did not run it`);
      else if (result.result === "failed") gaps.push(`${id}: ${adapter} fails it`);
      else if (result.result === "skipped" && (result.reason ?? "").trim() === "")
        gaps.push(`${id}: ${adapter} skips it without a reason`);
    }
  }
  return gaps;
}
