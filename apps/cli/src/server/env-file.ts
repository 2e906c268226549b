import { readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { usageError } from "../cli-error.ts";

/** The variables of a file, and a way to write some of them. */
export interface EnvFile {
  readonly name: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Sets these and leaves every other line as it is. A new file is its owner's alone (0600). */
  write(variables: Readonly<Record<string, string>>): Promise<void>;
}

/** `text` with each variable set: where its line stands, or at the end. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  let changed = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  for (const [name, value] of Object.entries(variables)) {
    const line = `${name}=${value}`;
    const own = new RegExp(`^(?:export\\s+)?${name}\\s*=.*$`, "m");
    changed = own.test(changed) ? changed.replace(own, () => line) : `${changed}${line}\n`;
  }
  return changed;
}

/** A file that need not be there. Throws a usage error when it cannot be read. */
export async function openEnvFile(name: string): Promise<EnvFile> {
  const text = await readFile(name, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw usageError(`--save-env: ${name}: ${error.code ?? "cannot be read"}`);
  });
  return {
    name,
    variables: parseEnv(text),
    async write(variables) {
      try {
        await writeFile(name, withVariables(text, variables), { mode: 0o600 });
      } catch (error) {
        const code = error instanceof Error && "code" in error ? String(error.code) : "cannot be written";
        throw usageError(`--save-env: ${name}: ${code}`);
      }
    },
  };
}
