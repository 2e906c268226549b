/** `npx pnpm@10 test:python [pytest arguments]`: environment, stack, pytest, in that order. */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "./environment.ts";
import { exitCodeOf } from "./run-to-end.ts";
import { startStack } from "./stack.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Where the gate looks for results; `scripts/count-tests.ts` adds them up. */
const REPORTS = join(FOLDER, "..", "..", ".reports");

/** Frameworks that would phone home, or write caches that outlive the run, are told not to. */
const QUIET = {
  PYTHONDONTWRITEBYTECODE: "1",
  DSPY_CACHEDIR: join(FOLDER, ".venv", "dspy-cache"),
  LITELLM_LOCAL_MODEL_COST_MAP: "True",
  OPENAI_AGENTS_DISABLE_TRACING: "1",
  // A proxy that the user needs for the internet is not asked for what runs on this machine.
  NO_PROXY: "127.0.0.1,localhost",
};

const python = await ensureEnvironment(FOLDER);
await using stack = await startStack();
mkdirSync(REPORTS, { recursive: true });
const report = `--junitxml=${join(REPORTS, "pytest.xml")}`;
process.exitCode = await exitCodeOf(python, ["-m", "pytest", report, ...process.argv.slice(2)], {
  cwd: FOLDER,
  env: { ...process.env, ...QUIET, ...stack.env },
});
