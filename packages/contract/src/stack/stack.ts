import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminClient, AuditFilter, AuditRow } from "@keybrake/core";
import type { Ledger } from "@keybrake/ledger";
import {
  createLog,
  createSteadyClock,
  type Environment,
  type Policy,
  parseRates,
  type RunningProxy,
  type StartProxyOptions,
  startProxy,
  type Upstream,
} from "@keybrake/proxy";
import {
  createEmulatorControl,
  type Emulator,
  type EmulatorControl,
  type EmulatorOptions,
  startEmulator,
} from "@keybrake/stripe-emulator";

export interface StackOptions {
  /** The Stripe key that the proxy holds; the emulator accepts no other. */
  readonly credential?: string | undefined;
  /** See `parseRates`. */
  readonly rates?: unknown;
  readonly emulator?: EmulatorOptions | undefined;
  /** The proxy's way to the emulator, for answers that are lost or changed on the way. */
  readonly upstream?: ((emulatorUrl: string) => Upstream) | undefined;
  /** Wraps the store. */
  readonly ledger?: ((ledger: Ledger<Policy>) => Ledger<Policy>) | undefined;
  readonly environment?: Partial<Environment> | undefined;
  /** Alerts may be sent to this machine. */
  readonly alertsAllowPrivate?: boolean | undefined;
  /** Where people reach the proxy: alerts of cards link there. */
  readonly publicUrl?: string | undefined;
  readonly slackSigningSecret?: string | undefined;
  /** Whose people sign in to the dashboard. */
  readonly oidc?: StartProxyOptions["oidc"];
}

/** The whole path on real sockets with a real file: emulator (a stand-in for Stripe), SQLite ledger, proxy. */
export interface Stack extends AsyncDisposable {
  /** The proxy's root; the same after a restart. */
  readonly url: string;
  readonly port: number;
  readonly adminKey: string;
  /** The Stripe key that only the proxy has. */
  readonly credential: string;
  readonly admin: AdminClient;
  readonly emulator: Emulator;
  /** Faults, requests and books of the emulator. */
  readonly control: EmulatorControl;
  /** The store as it is open now. Not usable while the proxy is stopped. */
  readonly ledger: Ledger<Policy>;
  /** Every line that the proxy logged. */
  readonly logLines: readonly string[];
  /** Moves the proxy's clock forward. */
  readonly advance: (milliseconds: number) => void;
  /** Drains the proxy and closes the store: connections are refused from then on. */
  readonly stopProxy: () => Promise<void>;
  /** Starts it again on the same port and the same store. */
  readonly startProxy: () => Promise<void>;
  /** All audit rows that match, oldest first. */
  readonly auditRows: (filter?: AuditFilter) => Promise<readonly AuditRow[]>;
}

/**
 * Starts emulator and proxy on free ports of 127.0.0.1, with a store in a temporary folder that is removed at
 * the end. No money moves and nothing leaves the machine.
 *
 * @example
 * await using stack = await startStack();
 * const { vault_key } = await stack.admin.vaultKeys.create({ name: "test", role: "billing", daily_usd_cap: 100 });
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "keybrake-stack-"));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const credential = options.credential ?? `sk_test_${randomBytes(16).toString("hex")}`;
  const adminKey = `admin_${randomBytes(16).toString("hex")}`;
  const emulator = opening.use(await startEmulator({ secretKeys: [credential], ...options.emulator }));
  const logLines: string[] = [];
  const clock = options.environment?.clock ?? createSteadyClock();
  let ahead = 0;

  const start = (port: number) =>
    startProxy({
      stripeSecretKey: credential,
      stripeUrl: emulator.url,
      store: join(folder, "keybrake.db"),
      port,
      adminKey,
      rates: parseRates(options.rates ?? {}),
      log: createLog({ destination: { write: (line: string) => void logLines.push(line) } }),
      environment: { ...options.environment, clock: () => clock() + ahead },
      upstream: options.upstream,
      ledger: options.ledger,
      publicUrl: options.publicUrl,
      slackSigningSecret: options.slackSigningSecret,
      oidc: options.oidc,
      alertsAllowPrivate: options.alertsAllowPrivate,
    });

  const first = await start(0);
  let running: RunningProxy | null = first;
  const stop = async () => {
    const stopping = running;
    running = null;
    await stopping?.close();
  };
  const opened = opening.move();
  return {
    url: first.url,
    port: first.port,
    adminKey,
    credential,
    admin: first.admin,
    emulator,
    control: createEmulatorControl(emulator.url),
    get ledger() {
      if (running === null) throw new Error("the proxy is stopped");
      return running.ledger;
    },
    logLines,
    advance: (milliseconds) => {
      ahead += milliseconds;
    },
    stopProxy: stop,
    startProxy: async () => {
      if (running !== null) throw new Error("the proxy is running");
      running = await start(first.port);
    },
    auditRows: async (filter) => {
      const rows: AuditRow[] = [];
      for await (const row of first.admin.audit.iterate({ limit: 1000, ...filter })) rows.push(row);
      return rows.reverse();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await opened.disposeAsync();
    },
  };
}
