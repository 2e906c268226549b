import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import type { Config, Path } from "@keybrake/proxy";
import { CliError, usageError } from "../cli-error.ts";
import { EXIT_CODES } from "../exit-codes.ts";

/** What is read unless another file is named, when it is there. */
export const CONFIG_FILE = "keybrake.yaml";

/** A `keybrake.yaml` that is in order. */
export interface OpenedConfig {
  /** As it is shown. */
  readonly file: string;
  /** From where the paths in it are taken. */
  readonly folder: string;
  readonly config: Config;
  /** `keybrake.yaml:3:9: serve.port`. */
  readonly nameOf: (path: Path) => string;
}

/** A file is no setting when it is larger: the proxy's reader says how large it may be. */
const BYTES_MAX = 16 * 1024 * 1024;

/** Null when none is named and none is beside. Throws a usage error that says on which lines it is wrong. */
export async function openConfig(named: string | undefined): Promise<OpenedConfig | null> {
  const path = resolve(named ?? CONFIG_FILE);
  const file = relative(process.cwd(), path) || path;
  if (named === undefined && !existsSync(path)) return null;
  const text = await readSettingsFile(path, file);
  const { describeProblems, readConfig } = await import("@keybrake/proxy");
  const read = await readConfig(text);
  if ("problems" in read)
    throw new CliError({
      code: "config_invalid",
      message: describeProblems(file, read.problems),
      exitCode: EXIT_CODES.usage,
    });
  const { config, placeOf } = read;
  const nameOf = (at: Path) => {
    const { line, column } = placeOf(at);
    return `${file}:${line}:${column}: ${at.join(".")}`;
  };
  return { file, folder: dirname(path), config, nameOf };
}

/** The text of a file that people write settings in. Throws a usage error. `shown`: as it is named to them. */
export async function readSettingsFile(path: string, shown: string): Promise<string> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > BYTES_MAX) throw usageError(`${shown} is no file of settings.`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof TypeError) throw usageError(`${shown} is not text in UTF-8.`);
    throw usageError(`${shown}: ${(error as NodeJS.ErrnoException).code ?? "cannot be read"}`);
  }
}
