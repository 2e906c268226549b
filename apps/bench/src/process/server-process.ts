import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server as a child process, from its command line to the moment it accepts connections, and to its end. */

export interface ServerCommand {
  /** Names the log file. */
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it will listen, on 127.0.0.1. */
  readonly port: number;
  /** Working folder; what the server prints is kept there. */
  readonly folder: string;
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the first connection that it accepted. */
  readonly startMs: number;
}

/** Python servers load for several seconds on a busy machine. */
const START_MS_MAX = 60_000;
/** A proxy drains; whoever takes longer is killed. */
const STOP_MS_MAX = 15_000;
const POLL_MS = 2;

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks a process that we started to end, and kills it when it does not. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const killer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await ended;
  clearTimeout(killer);
}

/** Starts a server and waits until it accepts connections. Throws with what it printed when it does not. */
export async function startServer(
  { name, command, env, port, folder }: ServerCommand,
  pin: readonly string[],
): Promise<ServerProcess> {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, "a");
  const [file = "", ...args] = [...pin, ...command];
  const startedAt = performance.now();
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...env },
    stdio: ["ignore", log, log],
  });
  // Nothing is left running when this process ends before it has stopped what it started.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  child.once("exit", () => process.off("exit", kill));
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => {});
  while (!(await Promise.race([accepts(port), failed]))) {
    if (hasEnded(child) || performance.now() - startedAt > START_MS_MAX) {
      await stopChild(child);
      throw new Error(`${name} did not start: ${readFileSync(logFile, "utf8").slice(-2000)}`);
    }
    await sleep(POLL_MS);
  }
  return {
    port,
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: () => stopChild(child),
  };
}
