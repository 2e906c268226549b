/** Writes `docs/failure-modes.md` from the scenarios; with `--check` it exits with 1 when the page differs. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failureModesPage } from "../src/adapter/failure-modes.ts";
import { SCENARIOS } from "../src/adapter/scenarios/index.ts";

const path = join(import.meta.dirname, "../../../docs/failure-modes.md");
const page = failureModesPage(SCENARIOS);
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== page) {
    console.error("docs/failure-modes.md differs from the scenarios. Run this script without --check.");
    process.exit(1);
  }
} else {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, page);
}
