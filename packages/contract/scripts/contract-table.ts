/**
 * Prints scenarios × adapters from what the contract tests left in `.reports/contract`. With `--check` it exits
 * with 1 when a scenario has no passing adapter, fails with one, or is skipped without a reason.
 */
import { findGaps, readReports } from "../src/adapter/report.ts";
import { SCENARIOS } from "../src/adapter/scenarios/index.ts";
import { contractTable } from "../src/adapter/table.ts";

const reports = readReports();
if (reports.length === 0) {
  console.error("There are no reports. Run the contract tests first: pnpm test contract");
  process.exit(1);
}
console.log(contractTable(SCENARIOS, reports));
// The loop without a framework shows that a scenario can be passed; it is no adapter.
const gaps = findGaps(
  SCENARIOS,
  reports.filter(({ adapter }) => adapter !== "plain-loop"),
);
for (const gap of gaps) console.error(gap);
if (process.argv.includes("--check") && gaps.length > 0) process.exit(1);
