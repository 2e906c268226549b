import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "./workspace.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-tests-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The script's one line and its exit code, for these reports by file name. */
async function count(reports: Readonly<Record<string, string>>): Promise<readonly [string, number]> {
  const files: string[] = [];
  for (const [name, text] of Object.entries(reports)) {
    files.push(join(folder, name));
    await writeFile(join(folder, name), text);
  }
  const script = join(ROOT, "scripts", "count-tests.ts");
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...files], (_error, stdout) =>
      resolve([stdout.trim(), child.exitCode ?? -1]),
    );
  });
}

const vitest = (numPassedTests: number, numFailedTests: number, more: object = {}) =>
  JSON.stringify({
    numPassedTests,
    numFailedTests,
    numFailedTestSuites: 0,
    success: numFailedTests === 0,
    testResults: [],
    ...more,
  });

const junit = (counts: string) =>
  `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" ${counts} time="1.5"><testcase name="a" /></testsuite></testsuites>`;

test("both runners' counts are added", async () => {
  const pytest = junit('errors="0" failures="0" skipped="2" tests="104"');
  expect(await count({ "vitest.json": vitest(10, 0), "pytest.xml": pytest })).toEqual([
    "112 passed, 0 failed",
    0,
  ]);
});

test("pytest's errors are failures, and so is a file that vitest could not load", async () => {
  const pytest = junit('errors="1" failures="2" skipped="0" tests="5"');
  const unloaded = vitest(3, 0, { success: false, numFailedTestSuites: 1 });
  expect(await count({ "a.json": unloaded, "b.xml": pytest })).toEqual(["5 passed, 4 failed", 1]);
});

test("what failed is named, before the line that counts", async () => {
  const assertionResults = [
    { status: "passed", fullName: "a charge" },
    { status: "failed", fullName: "a refund" },
  ];
  const testResults = [
    { name: join(process.cwd(), "tests/src/refunds.test.ts"), status: "failed", assertionResults },
    { name: "/elsewhere/fine.test.ts", status: "passed", assertionResults: [] },
  ];
  const pytest = junit('errors="0" failures="1" skipped="0" tests="2"').replace(
    '<testcase name="a" />',
    '<testcase classname="tests.test_crewai" name="one charge" time="0.1"><failure message="no" /></testcase><testcase classname="tests.test_crewai" name="fine" time="0.1" />',
  );
  expect(await count({ "a.json": vitest(1, 1, { testResults }), "b.xml": pytest })).toEqual([
    "failed:\n  tests/src/refunds.test.ts: a refund\n  tests.test_crewai: one charge\n\n2 passed, 2 failed",
    1,
  ]);
});

test("nothing passed is no success", async () => {
  const pytest = junit('errors="0" failures="0" skipped="0" tests="0"');
  expect(await count({ "pytest.xml": pytest })).toEqual(["0 passed, 0 failed", 1]);
});

test("a report without counts ends the count", async () => {
  const [line, code] = await count({ "pytest.xml": "<testsuites></testsuites>" });
  expect([line, code]).toEqual(["", 1]);
});
