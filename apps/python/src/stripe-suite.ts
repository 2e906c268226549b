/**
 * `npx pnpm@10 test:stripe-python [--write]`: the tests of Stripe's own Python package, one of every API call, through
 * the proxy to stripe-mock. Twice: with a key that allows everything (`plain`), and with one that says, too, what each
 * call without a figure counts (`knowing`). What is refused is compared with `suite/verdicts.json`, or written there.
 *
 * Needs Python 3.11 and Go, and fails without; the network only for what is not there yet.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "./environment.ts";
import { exitCodeOf } from "./run-to-end.ts";
import { startKeybrake } from "./stack.ts";
import { ensureStripeMock, ensureSuite, startStripeMock } from "./stripe-suite-parts.ts";

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), "..");
const REPORTS = join(FOLDER, "..", "..", ".reports");
const ADMIN_KEY = `admin-${"0".repeat(32)}`;
const TESTS = ["tests/test_generated_examples.py", "tests/api_resources"];

const python = await ensureEnvironment(FOLDER);
const suite = await ensureSuite(FOLDER, python);
await using mock = await startStripeMock(await ensureStripeMock(FOLDER));

async function play(mode: "plain" | "knowing"): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "keybrake-suite-"));
  writeFileSync(join(folder, "rates.json"), '{"eur": "1.10"}');
  try {
    await using proxy = await startKeybrake<{ url: string; port: number }>(
      ["serve", "--stripe-url", mock.line, "--rates", "rates.json", "--log-level", "error"],
      {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          KEYBRAKE_ADMIN_KEY: ADMIN_KEY,
          STRIPE_SECRET_KEY: `sk_test_${"0".repeat(24)}`,
        },
      },
    );
    const env = {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: "1",
      PYTHONPATH: join(FOLDER, "suite"),
      NO_PROXY: "127.0.0.1",
      STRIPE_MOCK_HOST: "127.0.0.1",
      STRIPE_MOCK_PORT: String(proxy.line.port),
      KEYBRAKE_PROXY_URL: proxy.line.url,
      KEYBRAKE_ADMIN_KEY: ADMIN_KEY,
      KEYBRAKE_SUITE_MODE: mode,
      ...(process.argv.includes("--write") ? { KEYBRAKE_SUITE_WRITE: "1" } : {}),
    };
    // Any other style parses the whole of the largest file for each test that fails.
    const quiet = ["-q", "--tb=native", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "keybrake_suite"];
    const report = `--junitxml=${join(REPORTS, `stripe-suite-${mode}.xml`)}`;
    return await exitCodeOf(python, ["-m", "pytest", ...quiet, report, ...TESTS], { cwd: suite, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

mkdirSync(REPORTS, { recursive: true });
process.exitCode = (await play("plain")) || (await play("knowing"));
