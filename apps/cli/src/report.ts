import { CommanderError } from "commander";
import { CliError } from "./cli-error.ts";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import { printable } from "./format/printable.ts";
import type { Io } from "./io.ts";

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** Settings that only the proxy can judge; all its other errors are failures, not wrong input. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "admin_key_invalid",
  "config_invalid",
  "credential_invalid",
  "master_key_invalid",
  "rates_invalid",
]);

function isCoded(error: Error): error is Error & { readonly code: string } {
  return "code" in error && typeof error.code === "string";
}

/** What the user is told about anything that was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    const message = `${error.message.replace(/^error: /, "")}\nAdd --help to see what it takes.`;
    return { code: "usage", message, exitCode: EXIT_CODES.usage };
  }
  if (error instanceof Error) {
    const code = isCoded(error) ? error.code : "failed";
    const exitCode = USAGE_CODES.has(code) ? EXIT_CODES.usage : EXIT_CODES.failure;
    return { code, message: error.message, exitCode };
  }
  return { code: "failed", message: "something failed", exitCode: EXIT_CODES.failure };
}

/**
 * Tells the user what was thrown: text on stderr, and with `--json` a JSON object on stdout too. Returns the
 * exit code. Help that was asked for is no error.
 */
export async function report(error: unknown, options: { readonly json: boolean }, io: Io): Promise<ExitCode> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.ok;
    // A command group without a command: its help has been printed.
    if (error.code === "commander.help") return EXIT_CODES.usage;
  }
  const problem = problemOf(error);
  // A mistyped command line can hold a key.
  const { redactSecrets } = await import("@keybrake/core");
  const message = redactSecrets(problem.message);
  const { code, exitCode } = problem;
  const where = code === "usage" ? "" : ` (${code})`;
  await io.stderr.write(
    `${io.stderr.style("red", "error")}${where}: ${printable(message, { lines: true })}\n`,
  );
  const isShown = error instanceof CliError && error.isShown;
  if (options.json && !isShown) await io.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return exitCode;
}
