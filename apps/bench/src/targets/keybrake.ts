import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, type ServerProcess, startServer } from "../process/server-process.ts";
import { type Admin, adminOf } from "./admin.ts";
import { chargePlan, type Lane, type Surroundings, type Target, UPSTREAM_KEY } from "./target.ts";

/** This repository. */
export const OWN_CHECKOUT = fileURLToPath(new URL("../../../..", import.meta.url));

const ADMIN_KEY = "admin_benchmark_0000000000000000";

/** Of a proxy that ends with its measurement. */
const MASTER_KEY = "0".repeat(64);

export interface KeybrakeOptions extends Surroundings {
  /** The root of an installed checkout, whose `keybrake serve` is run. */
  readonly checkout: string;
  /** Stands before the names of its lanes. */
  readonly name: string;
  /** A SQLite file in `folder` unless told. */
  readonly store?: string;
}

/** `keybrake serve` as users run it. A folder that was used before is opened again. */
export async function serveKeybrake(options: KeybrakeOptions): Promise<ServerProcess> {
  const { checkout, name, upstreamPort, folder, pin } = options;
  const { store = `sqlite:${join(folder, "keybrake.db")}` } = options;
  const port = await freePort();
  const main = join(checkout, "apps/cli/src/main.ts");
  return await startServer(
    {
      name,
      // One Node for all checkouts: the sources are compared, not their runtimes.
      command: [process.execPath, main, "serve", "--port", String(port)],
      env: {
        KEYBRAKE_STORE: store,
        KEYBRAKE_STRIPE_URL: `http://127.0.0.1:${upstreamPort}`,
        KEYBRAKE_ADMIN_KEY: ADMIN_KEY,
        STRIPE_SECRET_KEY: UPSTREAM_KEY,
        KEYBRAKE_MASTER_KEY: MASTER_KEY,
      },
      port,
      folder,
    },
    pin,
  );
}

/** The largest cap that the admin API takes: twenty million charges of 50 cents. */
export const CAP_LARGE_USD = 10_000_000;

const READ = { method: "GET", path: "/v1/charges/ch_bench", body: null } as const;

/** Reads of one charge by a key of the audit role. */
export async function readLane(name: string, admin: Admin): Promise<Lane> {
  const bearer = await admin.createVaultKey({ name: "read", role: "audit" });
  return { name, request: chargePlan({ ...READ, bearers: [bearer] }) };
}

/** Charges by `keys` vault keys in turn, each with a cap of its own and, when named, a budget that all share. */
export async function writeLane(name: string, admin: Admin, keys: number, budget?: string): Promise<Lane> {
  if (budget !== undefined) await admin.createBudget({ name: budget, daily_usd_cap: CAP_LARGE_USD });
  return { name, request: chargePlan({ bearers: await billingKeys(admin, keys, CAP_LARGE_USD, budget) }) };
}

async function billingKeys(admin: Admin, keys: number, cap: number, budget?: string): Promise<string[]> {
  const bearers: string[] = [];
  while (bearers.length < keys) {
    const batch = Array.from({ length: Math.min(KEYS_AT_ONCE, keys - bearers.length) }, () =>
      admin.createVaultKey({ name: "write", role: "billing", daily_usd_cap: cap, budget }),
    );
    bearers.push(...(await Promise.all(batch)));
  }
  return bearers;
}

/** Requests to the admin API that are sent together, so that they share commits. */
const KEYS_AT_ONCE = 64;

/** So many that none of them comes to the end of the refusals that it may have in a minute. */
const REFUSED_KEYS = 1000;

/** Writes, reads, replays, and writes that the cap refuses. */
async function allLanes(name: string, admin: Admin): Promise<readonly Lane[]> {
  const replays = await admin.createVaultKey({
    name: "replay",
    role: "billing",
    daily_usd_cap: CAP_LARGE_USD,
  });
  const spent = await billingKeys(admin, REFUSED_KEYS, 0.1);
  return [
    await writeLane(`${name} write`, admin, 1),
    await readLane(`${name} read`, admin),
    { name: `${name} replay`, request: chargePlan({ bearers: [replays], idempotency: "repeated" }) },
    { name: `${name} refusal`, request: chargePlan({ bearers: spent, status: 429 }) },
  ];
}

export function adminOfKeybrake({ port }: { readonly port: number }): Admin {
  return adminOf(port, ADMIN_KEY);
}

/** A proxy on an empty store, with the vault keys of its lanes. */
export async function startKeybrake(options: KeybrakeOptions): Promise<Target> {
  const server = await serveKeybrake(options);
  const lanes = await allLanes(options.name, adminOfKeybrake(server));
  return { ...server, name: options.name, lanes };
}
