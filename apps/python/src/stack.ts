/** What the tests talk to: a `keybrake` command of their own, on a free port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(import.meta.resolve("keybrake/src/main.ts"));

/** The `keybrake` command as a JSON list, for tests that start `keybrake mcp`. */
const KEYBRAKE_COMMAND = JSON.stringify([process.execPath, COMMAND]);

interface DevLine {
  readonly url: string;
  readonly emulator_url: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Stack extends AsyncDisposable {
  /** Addresses and throw-away keys, as environment variables. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Started<Line> extends AsyncDisposable {
  readonly line: Line;
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What one of its lines says, once it says that it listens; null for every other line. */
  readonly read: (line: string) => unknown;
}

/** Starts a server and waits until it says where it listens. Throws when it ends before. Ends with its scope. */
export async function startServer<Line>({ command, args, read, ...where }: Program): Promise<Started<Line>> {
  const child = spawn(command, args, { ...where, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const said = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const found = read(line);
      if (found !== null) return found as Line;
    }
    return Promise.reject(new Error(`${command} ${args.join(" ")} ended with ${(await ended)[0]}`));
  })();
  const line = await said;
  // What it says later is nobody's, but has to be taken from it.
  child.stdout.resume();
  return {
    line,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Any subcommand that prints one line of JSON when it is ready. */
export function startKeybrake<Line>(
  args: readonly string[],
  where: Pick<Program, "cwd" | "env"> = {},
): Promise<Started<Line>> {
  return startServer({
    ...where,
    command: process.execPath,
    args: [COMMAND, ...args, "--json", "--port", "0"],
    read: (line) => JSON.parse(line),
  });
}

/** `keybrake dev`: the proxy with a Stripe emulator behind it. */
export async function startStack(): Promise<Stack> {
  const started = await startKeybrake<DevLine>(["dev"]);
  const { emulator_url, env } = started.line;
  return {
    env: { ...env, KEYBRAKE_EMULATOR_URL: emulator_url, KEYBRAKE_COMMAND },
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}
