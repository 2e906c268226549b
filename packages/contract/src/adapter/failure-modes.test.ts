import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureModesPage } from "./failure-modes.ts";
import { SCENARIOS } from "./scenarios/index.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/failure-modes.md");

test("docs/failure-modes.md is what the scenarios say (else run scripts/write-failure-modes.ts)", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(failureModesPage(SCENARIOS));
});

test("the page names every scenario and holds no path of a machine", () => {
  const page = failureModesPage(SCENARIOS);
  for (const { id } of SCENARIOS) expect(page).toContain(`\`${id}\``);
  expect(page).not.toMatch(/\/(work|home|root|Users)\//);
});
