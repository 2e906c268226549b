/** Adds up the runners' own reports: names what failed, and prints the line that closes a gate: `N passed, N failed`. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What failed, by its file and its title. */
  readonly names: readonly string[];
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** A file that could not even be loaded fails its suite without failing a test. */
  readonly numFailedTestSuites: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function countVitest(text: string): Counts {
  const report = JSON.parse(text) as VitestReport;
  const { numPassedTests: passed, numFailedTests: failed } = report;
  const unloaded = report.success || failed > 0 ? 0 : Math.max(1, report.numFailedTestSuites);
  const names = report.testResults
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, assertionResults: tests }) => {
      const file = relative(process.cwd(), name);
      const failures = tests.filter((test) => test.status === "failed");
      return failures.length === 0 ? [file] : failures.map(({ fullName }) => `${file}: ${fullName}`);
    });
  return { passed, failed: failed + unloaded, names };
}

/** pytest's JUnit file; `errors` are tests whose preparation failed, and files that could not be loaded. */
function countJunit(text: string): Counts {
  const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
  const failed = count("failures") + count("errors");
  const passed = count("tests") - failed - count("skipped");
  if (Number.isNaN(passed)) throw new Error("no <testsuite> with tests, failures, errors and skipped");
  const cases = text.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*>\s*<(?:failure|error)/g);
  return { passed, failed, names: [...cases].map(([, file, name]) => `${file}: ${name}`) };
}

let passed = 0;
let failed = 0;
const names: string[] = [];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const counts = file.endsWith(".xml") ? countJunit(text) : countVitest(text);
  passed += counts.passed;
  failed += counts.failed;
  names.push(...counts.names);
}
if (names.length > 0) process.stdout.write(`failed:\n${names.map((name) => `  ${name}\n`).join("")}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
