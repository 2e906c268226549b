import type { Output } from "../io.ts";
import type { CheckResult } from "../verify/check.ts";
import { groupBy } from "./group-by.ts";
import { printable } from "./printable.ts";

type Style = Output["style"];

const MARKS = { passed: ["green", "✓"], failed: ["red", "✗"], skipped: ["yellow", "-"] } as const;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countsOf(results: readonly CheckResult[]): Counts {
  const count = (result: CheckResult["result"]) => results.filter((each) => each.result === result).length;
  return { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
}

/** The results in the order in which they came, by group. */
function groupsOf(results: readonly CheckResult[]): ReadonlyMap<string, readonly CheckResult[]> {
  return groupBy(results, ({ group }) => group);
}

/** A line a check, and under one that did not pass, why; then how many did. */
export function renderChecks(results: readonly CheckResult[], style: Style): string {
  const groups = [...groupsOf(results)].map(([group, ofGroup]) => {
    const lines = ofGroup.map(({ name, result, detail }) => {
      const [colour, mark] = MARKS[result];
      const why = detail === null ? "" : `\n    ${printable(detail, { lines: true })}`;
      return `  ${style(colour, mark)} ${name}${why}\n`;
    });
    return `${style("bold", printable(group))}\n${lines.join("")}`;
  });
  const { passed, failed, skipped } = countsOf(results);
  const others = skipped === 0 ? "" : `, ${skipped} skipped`;
  return `${groups.join("\n")}\n${passed} passed, ${failed} failed${others}.\n`;
}

/** As `renderChecks`, and what verifying did not do. */
export function renderVerify(results: readonly CheckResult[], style: Style): string {
  return renderChecks(results, style).replace(/\n$/, " Nothing was sent to the vendor.\n");
}

/** One JSON object: the counts, and each check. */
export function verifyJson(results: readonly CheckResult[]): string {
  return `${JSON.stringify({ ...countsOf(results), data: results })}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function xml(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");
}

function junitCase({ group, name, result, detail, seconds }: CheckResult): string {
  const opening = `    <testcase classname="${xml(group)}" name="${xml(name)}" time="${seconds.toFixed(3)}"`;
  const message = xml(detail ?? "");
  if (result === "failed") return `${opening}><failure message="${message}"/></testcase>`;
  if (result === "skipped") return `${opening}><skipped message="${message}"/></testcase>`;
  return `${opening}/>`;
}

/** JUnit's XML, as CI systems read it (github.com/testmoapp/junitxml): a suite a group. */
export function verifyJunit(results: readonly CheckResult[]): string {
  const suites = [...groupsOf(results)].map(([group, ofGroup]) => {
    const { failed, skipped } = countsOf(ofGroup);
    const time = ofGroup.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3);
    const counts = `tests="${ofGroup.length}" failures="${failed}" errors="0" skipped="${skipped}"`;
    return `  <testsuite name="${xml(group)}" ${counts} time="${time}">
${ofGroup.map(junitCase).join("\n")}
  </testsuite>`;
  });
  const { failed } = countsOf(results);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="keybrake verify" tests="${results.length}" failures="${failed}">
${suites.join("\n")}
</testsuites>
`;
}
