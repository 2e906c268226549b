/** What the tests talk to: `keybrake dev`, i.e. the proxy with a Stripe emulator behind it. */
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

/** Starts it on a free port. Throws when it ends before it says where it listens. */
export async function startStack(): Promise<Stack> {
  const args = [COMMAND, "dev", "--json", "--port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(lines, "line"),
    ended.then(([code]) => Promise.reject(new Error(`keybrake dev ended with ${code}`))),
  ])) as [string];
  const { emulator_url, env } = JSON.parse(line) as DevLine;
  return {
    env: { ...env, KEYBRAKE_EMULATOR_URL: emulator_url, KEYBRAKE_COMMAND },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
