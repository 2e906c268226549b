import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { barsOf, chartSvg } from "./chart.ts";
import type { Report } from "./report.ts";
import { reportText } from "./tables.ts";

/** Writes a report into docs: the tables between the page's markers, the chart, and the figures as JSON. */

const MARKED = /(<!-- figures -->\n)[\s\S]*(<!-- end of figures -->)/;

/** The page with other figures. Throws when it has no markers. */
export function withFigures(page: string, report: Report): string {
  if (!MARKED.test(page)) throw new Error("the page has no markers for the figures");
  const chart =
    report.speed.length === 0
      ? ""
      : "![Requests per second as a part of a bare passthrough](performance.svg)\n\n";
  const text = `${chart}\`\`\`text\n${reportText(report)}\n\`\`\`\n`;
  return page.replace(MARKED, (_, start: string, end: string) => `${start}${text}${end}`);
}

export function publish(report: Report, docs: string): void {
  const page = join(docs, "performance.md");
  writeFileSync(page, withFigures(readFileSync(page, "utf8"), report));
  writeFileSync(join(docs, "performance.json"), `${JSON.stringify(report, null, 2)}\n`);
  if (report.speed.length > 0) writeFileSync(join(docs, "performance.svg"), chartSvg(barsOf(report)));
}
