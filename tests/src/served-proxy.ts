import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "../../apps/cli/src/main.ts");

/** `keybrake serve` as its own process, so that it can be killed like one. */
export interface ServedProxy {
  readonly url: string;
  readonly process: ChildProcess;
  /** SIGKILL, and wait until the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and wait for the exit code. */
  stop(): Promise<number | null>;
  readonly stderr: () => string;
}

export async function serve(options: {
  readonly port: number;
  /** A file, or the URL of a Postgres database, which `ps` must not show. */
  readonly store: string;
  readonly stripeUrl: string;
  readonly credential: string;
  readonly adminKey: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** A command that runs the command given as its arguments. */
  readonly through?: readonly string[];
}): Promise<ServedProxy> {
  const isShared = options.store.startsWith("postgres:");
  const [command = "", ...argv] = [
    ...(options.through ?? []),
    process.execPath,
    MAIN,
    "serve",
    ...["--port", String(options.port)],
    ...(isShared ? [] : ["--store", `sqlite:${options.store}`]),
    ...["--stripe-url", options.stripeUrl],
    ...(options.flags ?? []),
  ];
  const child = spawn(command, argv, {
    env: {
      PATH: process.env.PATH ?? "",
      // Compiled once for all tests, and not anew for each start.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
      STRIPE_SECRET_KEY: options.credential,
      KEYBRAKE_ADMIN_KEY: options.adminKey,
      KEYBRAKE_LOG_LEVEL: "error",
      ...(isShared ? { KEYBRAKE_STORE: options.store } : {}),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const gone = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const ready = await Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    gone.then(([code]) => Promise.reject(new Error(`serve exited with ${code}: ${stderr}`))),
  ]);
  const url = /^keybrake listening on (http:\/\/\S+)$/.exec(ready)?.[1];
  if (url === undefined) throw new Error(`unexpected first line: ${ready}`);
  return {
    url,
    process: child,
    stderr: () => stderr,
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = await gone;
      return code as number | null;
    },
  };
}
