import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, SYSTEM_USER } from "./server.ts";

/** Debian has it outside of the PATH of who is not root. */
const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/** The program, or null where it is not installed: it is no npm package. */
export function findPgBouncer(): string | null {
  return FOLDERS.map((folder) => join(folder, "pgbouncer")).find((file) => existsSync(file)) ?? null;
}

/** Fewer than two replicas have, so that their transactions share them. */
const POOL_SIZE = 3;

/** A real PgBouncer in transaction mode. */
export interface PgBouncer {
  /** The URL of the store through it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** In front of the database of a `PostgresServer`, with fewer connections to it than its clients have. */
export async function startPgBouncer(program: string, direct: string): Promise<PgBouncer> {
  const { hostname, port, username, pathname } = new URL(direct);
  const database = pathname.slice(1);
  const own = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "keybrake-pgbouncer-"));
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
${database} = host=${hostname} port=${port} dbname=${database} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${POOL_SIZE}
`,
  );
  // It does not run as root: the user of the server does, who must be able to read this.
  chmodSync(folder, 0o755);
  const user = process.getuid?.() === 0 ? ["-u", SYSTEM_USER] : [];
  const child = spawn(program, [...user, file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await untilItListens(child, own, () => said);
  const url = new URL(direct);
  url.port = String(own);
  return {
    url: url.href,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItListens(child: ChildProcess, port: number, said: () => string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break;
    const socket = connect(port, "127.0.0.1");
    const isUp = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(
        () => false,
        () => false,
      ),
    ]).catch(() => false);
    socket.destroy();
    if (isUp) return;
    await wait(50);
  }
  throw new Error(`PgBouncer does not listen: ${said()}`);
}
