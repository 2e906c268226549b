import type { ContractReport } from "./report.ts";

const MARKS = { passed: "pass", failed: "FAIL", skipped: "skip" } as const;

/** Scenarios down, adapters across, and below the table the reason for each skip. */
export function contractTable(
  scenarios: readonly { readonly id: string }[],
  reports: readonly ContractReport[],
): string {
  const resultOf = (report: ContractReport, id: string) =>
    report.results.find(({ scenario }) => scenario === id);
  const rows = [
    ["scenario", ...reports.map(({ adapter }) => adapter)],
    ...scenarios.map(({ id }) => [
      id,
      ...reports.map((report) => {
        const result = resultOf(report, id);
        return result === undefined ? "-" : MARKS[result.result];
      }),
    ]),
    [
      `${scenarios.length} scenarios`,
      ...reports.map(({ results }) => String(results.filter(({ result }) => result === "passed").length)),
    ],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  lines.splice(-1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  const skips = reports.flatMap(({ adapter, results }) =>
    results
      .filter(({ result }) => result === "skipped")
      .map(({ scenario, reason }) => `${adapter} skips ${scenario}: ${reason}`),
  );
  return [...lines, ...(skips.length === 0 ? [] : ["", ...skips]), ""].join("\n");
}
