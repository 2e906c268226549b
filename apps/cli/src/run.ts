import { readFile } from "node:fs/promises";
import { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";
import { report } from "./report.ts";

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs one command line, without `node` and the script's name. Returns the exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await createProgram(io, await ownVersion()).parseAsync(argv, { from: "user" });
    return EXIT_CODES.ok;
  } catch (error) {
    return report(error, { json: argv.includes("--json") }, io);
  }
}
