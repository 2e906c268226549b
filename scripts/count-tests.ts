/** Adds up the runners' own reports and prints the one line that closes a gate: `N passed, N failed`. */
import { readFileSync } from "node:fs";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** A file that could not even be loaded fails its suite without failing a test. */
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

function countVitest(text: string): Counts {
  const report = JSON.parse(text) as VitestReport;
  const { numPassedTests: passed, numFailedTests: failed } = report;
  const unloaded = report.success || failed > 0 ? 0 : Math.max(1, report.numFailedTestSuites);
  return { passed, failed: failed + unloaded };
}

/** pytest's JUnit file; `errors` are tests whose preparation failed, and files that could not be loaded. */
function countJunit(text: string): Counts {
  const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
  const failed = count("failures") + count("errors");
  const passed = count("tests") - failed - count("skipped");
  if (Number.isNaN(passed)) throw new Error("no <testsuite> with tests, failures, errors and skipped");
  return { passed, failed };
}

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const counts = file.endsWith(".xml") ? countJunit(text) : countVitest(text);
  passed += counts.passed;
  failed += counts.failed;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
