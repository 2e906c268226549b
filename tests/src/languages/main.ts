/**
 * `npx pnpm@10 test:languages [name …] [--vitest-flag=value …]`: the tests with Stripe's packages of other languages, of those
 * that are named, or of all whose tools are on this machine. Says of each that was left out why; fails when one that was
 * named cannot be tried, or when none can.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { LANGUAGES } from "./asked.ts";
import { type Language, whyMissing } from "./language.ts";

const ROOT = join(import.meta.dirname, "../../..");
const flags = process.argv.slice(2).filter((argument) => argument.startsWith("-"));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

const strange = names.find((name) => !LANGUAGES.some((language) => language.name === name));
if (strange !== undefined) fail(`${strange} is none of ${LANGUAGES.map(({ name }) => name).join(", ")}`);

const here: Language[] = [];
const leftOut: string[] = [];
for (const language of LANGUAGES) {
  const isNamed = names.includes(language.name);
  const missing = names.length > 0 && !isNamed ? "it was not named" : await whyMissing(language);
  if (missing === null) here.push(language);
  else if (isNamed) fail(`${language.name} cannot be tried: ${missing}`);
  else leftOut.push(`LEFT OUT: ${language.name} (${language.package}): ${missing}`);
}
if (here.length === 0) fail([...leftOut, "No language can be tried on this machine."].join("\n"));

const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const child = spawn(process.execPath, [vitest, "run", "tests/src/languages", ...flags], {
  cwd: ROOT,
  env: {
    ...process.env,
    KEYBRAKE_LANGUAGES: here.map(({ name }) => name).join(","),
    KEYBRAKE_TEST_REPORT: ".reports/languages.json",
  },
  stdio: "inherit",
});
const [code] = await once(child, "exit");
// Last, so that nobody takes a part for the whole.
for (const line of leftOut) console.error(line);
process.exitCode = code ?? 1;
