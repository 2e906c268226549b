import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SCENARIOS } from "@keybrake/contract";
import { describe, expect, test } from "vitest";

const REPOSITORY = join(import.meta.dirname, "../..");
const VERDICTS = ["Played", "Not ours", "Not played"] as const;
const CATALOGUE = "The catalogue";

interface Row {
  readonly section: string;
  /** Links to threads, or the catalogue's names of its entries. */
  readonly incidents: readonly string[];
  readonly here: string;
}

const page = readFileSync(join(REPOSITORY, "docs/incidents.md"), "utf8");
const rows = page.split(/^## /m).slice(1).flatMap(rowsOf);

function rowsOf(text: string): Row[] {
  const section = text.slice(0, text.indexOf("\n"));
  const cells = [...text.matchAll(/^\| (.+) \|$/gm)].map(([, row = ""]) => row.split(" | ")).slice(2);
  return cells.map((row) => ({
    section,
    incidents:
      section === CATALOGUE
        ? (row[1]?.match(/\b[A-Z]{4}-\d{3}\b/g) ?? [])
        : [...(row[0] ?? "").matchAll(/\]\((https:\/\/[^)]+)\)/g)].map(([, link = ""]) => link),
    here: row.at(-1) ?? "",
  }));
}

const verdict = ({ here }: Row) => VERDICTS.find((word) => new RegExp(`^${word}\\b`).test(here));

/** "`path` “title”"; "…" stands for what a test fills in. */
const tests = ({ here }: Row) =>
  [...here.matchAll(/`([\w./-]+\.test\.ts)` “([^”]+)”/g)].map(([, path = "", title = ""]) => ({
    path,
    title,
  }));
const scenarios = ({ here }: Row) => [...here.matchAll(/scenario `([^`]+)`/g)].map(([, id = ""]) => id);

function isThere({ path, title }: { path: string; title: string }): boolean {
  const file = join(REPOSITORY, path);
  if (!existsSync(file)) return false;
  const words = title.split("…").map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  const call = new RegExp(`(\\w+)?\\)?\\(\\s*(["'\`])${words.join("(?:%[a-z]|\\$\\{[^}]*\\})")}\\2`);
  const found = call.exec(readFileSync(file, "utf8"));
  return found !== null && !["skip", "todo", "only"].includes(found[1] ?? "");
}

describe("docs/incidents.md", () => {
  test("each test that it names is there, by file and title, and each scenario", () => {
    expect(rows.flatMap(tests).length).toBeGreaterThan(100);
    expect(rows.flatMap(tests).filter((named) => !isThere(named))).toEqual([]);
    const ids = new Set(SCENARIOS.map(({ id }) => id));
    expect(rows.flatMap(scenarios).filter((id) => !ids.has(id))).toEqual([]);
  });

  test("a test that is not there is noticed", () => {
    const path = "tests/src/incidents-page.test.ts";
    expect(isThere({ path, title: "a test that is not there is noticed" })).toBe(true);
    expect(isThere({ path, title: "a test that was there" })).toBe(false);
    expect(isThere({ path: "tests/src/gone.test.ts", title: "a test that is not there is noticed" })).toBe(
      false,
    );
  });

  test("each row has incidents and a verdict, what is played names what plays it, and nothing is there twice", () => {
    for (const row of rows) {
      expect(row.incidents, row.here).not.toEqual([]);
      expect(verdict(row), row.here).toBeDefined();
      if (verdict(row) === "Played") expect(tests(row).length + scenarios(row).length, row.here).not.toBe(0);
    }
    const all = rows.flatMap(({ incidents }) => incidents);
    expect(all.filter((incident, at) => all.indexOf(incident) !== at)).toEqual([]);
    expect(
      rows.filter(({ section }) => section === CATALOGUE).flatMap(({ incidents }) => incidents),
    ).toHaveLength(110);
  });

  test("its figures are those of its rows", () => {
    const count = (section: string | undefined, word?: (typeof VERDICTS)[number]) =>
      rows
        .filter((row) => section === undefined || row.section === section)
        .filter((row) => word === undefined || verdict(row) === word)
        .reduce((sum, { incidents }) => sum + incidents.length, 0);
    const line = (name: string, section?: string) =>
      `| ${[name, count(section), ...VERDICTS.map((word) => count(section, word))].join(" | ")} |`;
    const lines = [...new Set(rows.map(({ section }) => section))].map((section) => line(section, section));
    expect(
      page
        .slice(0, page.indexOf("\n## "))
        .match(/^\| .+ \|$/gm)
        ?.slice(2),
    ).toEqual([...lines, line("all")]);
  });

  test("it holds no path of a machine", () => {
    expect(page).not.toMatch(/\/(work|home|root|Users|tmp)\//);
  });
});
