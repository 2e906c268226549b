import { execFile } from "node:child_process";

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Two minutes unless said otherwise: a registry that hangs must not hang the gate. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end and gives its stdout. Rejects with everything it printed when it fails. */
export function run(file: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env = {}, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    execFile(
      file,
      [...args],
      { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 64 << 20, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        const ending = error.killed === true ? `ended after ${timeoutMs} ms` : `failed (${error.code})`;
        reject(new Error(`${[file, ...args].join(" ")} ${ending}\n${stdout}${stderr}`));
      },
    );
  });
}

/** `work` on every item, at most `limit` at a time; results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const rest = items.entries();
  const worker = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}

/** What went wrong while `work` ran, as lines for the report; nothing when all went well. */
export async function problemsOf(what: string, work: () => Promise<unknown>): Promise<string[]> {
  try {
    await work();
    return [];
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One line of progress. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the problems and sets the exit code of a script that was started by hand. */
export function report(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`\nFAILED ${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
