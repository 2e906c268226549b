import { randomBytes } from "node:crypto";
import { type PostgresServer, type Relay, startPostgres, startRelay } from "@keybrake/contract/postgres";
import type { Ledger } from "@keybrake/ledger";
import { openPostgresLedger } from "@keybrake/ledger/postgres";
import { createEmulatorControl, type EmulatorControl, startEmulator } from "@keybrake/stripe-emulator";
import { type ServedProxy, serve } from "../served-proxy.ts";
import { UPSTREAM_KEY } from "../stack.ts";

export const DATABASE = "books";
export const BUDGET = "team";

/** One `keybrake serve`, with a way to Postgres of its own. */
export interface Replica {
  /** The same after a restart. */
  readonly url: string;
  readonly relay: Relay;
  kill(): Promise<void>;
  start(): Promise<void>;
  stderr(): string;
}

/** Proxies in processes of their own on one Postgres, in front of one stand-in for Stripe. */
export interface ReplicaScene extends AsyncDisposable {
  readonly replicas: readonly Replica[];
  readonly server: PostgresServer;
  /** The same books, open in this process. */
  readonly ledger: Ledger;
  readonly stripe: EmulatorControl;
  /** What a request of the admin API carries. */
  readonly adminHeaders: Readonly<Record<string, string>>;
  /** Of one replica; rejects unless it answers with success. */
  admin(replica: number, path: string, body?: unknown, method?: string): Promise<any>;
  /** A process on the same books whose clock is off by so much; resolves with what it said when it did not start. */
  startWithClock(offMs: number): Promise<string | null>;
  /** A start of the same version beside the others; resolves with what it said when it did not. */
  startAnother(): Promise<string | null>;
  /** Keys of one shared budget, each with a large cap of its own. */
  issue(count: number): Promise<readonly { readonly id: string; readonly vaultKey: string }[]>;
}

/** `capUsd` is the shared budget's. */
export async function openReplicas(count: number, capUsd: number): Promise<ReplicaScene> {
  await using opening = new AsyncDisposableStack();
  const server = opening.adopt(await startPostgres({ isDurable: true }), (started) => started.dispose());
  const store = new URL(await server.createDatabase(DATABASE));
  const emulator = opening.use(await startEmulator({ secretKeys: [UPSTREAM_KEY] }));
  const adminKey = `admin-${randomBytes(16).toString("hex")}`;
  const common = { stripeUrl: emulator.url, credential: UPSTREAM_KEY, adminKey };
  const env = { KEYBRAKE_MASTER_KEY: "5a".repeat(32) };

  async function startReplica(): Promise<Replica> {
    const relay = opening.adopt(await startRelay(Number(store.port)), (started) => started.close());
    const through = new URL(store);
    through.port = String(relay.port);
    let proxy: ServedProxy | null = null;
    const start = async (port: number) => {
      proxy = await serve({ ...common, env, port, store: through.href });
      return proxy.url;
    };
    const url = await start(0);
    opening.defer(async () => proxy?.kill());
    return {
      url,
      relay,
      kill: async () => proxy?.kill(),
      start: async () => void (await start(Number(new URL(url).port))),
      stderr: () => proxy?.stderr() ?? "",
    };
  }

  const replicas: Replica[] = [];
  for (let index = 0; index < count; index++) replicas.push(await startReplica());

  async function attempt(more: Record<string, string>): Promise<string | null> {
    try {
      const proxy = await serve({ ...common, env: { ...env, ...more }, port: 0, store: store.href });
      await proxy.stop();
      return null;
    } catch (error) {
      return String(error);
    }
  }

  const adminHeaders = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };

  async function admin(replica: number, path: string, body?: unknown, method = "POST"): Promise<any> {
    const response = await fetch(`${replicas[replica]?.url}/admin${path}`, {
      headers: adminHeaders,
      ...(body === undefined ? {} : { method, body: JSON.stringify(body) }),
    });
    const answer: any = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  const ledger = opening.adopt(await openPostgresLedger({ url: store.href }), (opened) => opened.close());
  await admin(0, "/budgets", { name: BUDGET, usd_cap: capUsd, window: "lifetime" });
  const opened = opening.move();
  return {
    replicas,
    server,
    ledger,
    adminHeaders,
    admin,
    stripe: createEmulatorControl(emulator.url),
    startAnother: () => attempt({}),
    startWithClock: (offMs) => {
      const shift = `const now = Date.now; Date.now = () => now() + ${offMs};`;
      return attempt({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` });
    },
    issue: async (keys) => {
      const issued = [];
      for (let index = 0; index < keys; index++) {
        const policy = { name: `agent-${index}`, vendor: "stripe", role: "billing", budget: BUDGET };
        const { id, vault_key: vaultKey } = await admin(index % count, "/vault-keys", policy);
        issued.push({ id, vaultKey });
      }
      return issued;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
