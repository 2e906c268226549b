/**
 * `npx pnpm@10 test:browser [--vitest-flag=value …]`: the dashboard in a real Chromium, its pages built from their sources.
 * Fails where there is none; `pnpm test` skips these tests, and says so.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { buildPages } from "./pages.ts";

const ROOT = join(import.meta.dirname, "../../..");
const chromium = findChromium();
if (chromium === null) {
  console.error(`The browser tests cannot run: ${NO_CHROMIUM}.`);
  process.exit(1);
}
buildPages();
const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const child = spawn(process.execPath, [vitest, "run", "tests/src/browser", ...process.argv.slice(2)], {
  cwd: ROOT,
  env: { ...process.env, KEYBRAKE_BROWSER: chromium, KEYBRAKE_TEST_REPORT: ".reports/browser.json" },
  stdio: "inherit",
});
const [code] = await once(child, "exit");
process.exitCode = code ?? 1;
