import { randomUUID } from "node:crypto";
import { type AdminClient, type AuditRow, createAdminClient, type Role } from "@keybrake/core";
import { type ModelChoice, type Provider, readModelChoice } from "./model-choice.ts";
import { say } from "./say.ts";
import { type Connection, startProxy } from "./start-proxy.ts";

/** A charge or refund as Stripe (or its stand-in) lists it. */
export interface StripeObject {
  readonly id: string;
  /** In cents. */
  readonly amount: number;
  /** Of a refund: the charge. */
  readonly charge?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What every example starts from: a proxy, keys to issue, and two witnesses of what happened. */
export interface Desk<P extends Provider = Provider> extends AsyncDisposable {
  readonly proxyUrl: string;
  readonly admin: AdminClient;
  /** Null: the scripted stand-in. */
  readonly model: ModelChoice<P> | null;
  /** A customer that every emulator has. */
  readonly customer: string;
  /** Different in every run of the example. */
  readonly order: string;
  /** The role's key from the environment (KEYBRAKE_BILLING_VAULT_KEY …), or one leased until the desk closes. */
  readonly vaultKey: (role: Role) => Promise<string>;
  /** What Stripe has, of the order's run. */
  readonly charges: (runId: string) => Promise<readonly StripeObject[]>;
  readonly refunds: (runId: string) => Promise<readonly StripeObject[]>;
  /** What the proxy wrote down of the run, oldest first. */
  readonly calls: (runId: string) => Promise<readonly AuditRow[]>;
}

const CAPS_USD = { billing: 100, refund: 100, audit: 0 } as const satisfies Record<Role, number>;

/** A proxy that runs already, such as that of `keybrake dev`; its audit key reads Stripe. */
function givenProxy(env: NodeJS.ProcessEnv): Connection {
  const { KEYBRAKE_PROXY_URL: proxyUrl, KEYBRAKE_ADMIN_KEY, KEYBRAKE_AUDIT_VAULT_KEY } = env;
  if (!proxyUrl || !KEYBRAKE_ADMIN_KEY || !KEYBRAKE_AUDIT_VAULT_KEY) {
    throw new Error("with KEYBRAKE_PROXY_URL, set KEYBRAKE_ADMIN_KEY and KEYBRAKE_AUDIT_VAULT_KEY too");
  }
  const stripe = { url: `${proxyUrl}/stripe`, key: KEYBRAKE_AUDIT_VAULT_KEY };
  return { proxyUrl, adminKey: KEYBRAKE_ADMIN_KEY, stripe };
}

async function listOfRun({ url, key }: Connection["stripe"], resource: string, runId: string) {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/v1/${resource}?limit=100`, { headers });
  if (!response.ok) throw new Error(`listing ${resource} was answered with ${response.status}`);
  const { data } = (await response.json()) as { data: StripeObject[] };
  return data.filter(({ metadata }) => metadata.keybrake_run === runId);
}

/**
 * Opens the desk and prints what it consists of. Uses the proxy of KEYBRAKE_PROXY_URL, or starts one with a
 * stand-in for Stripe. `providers`: the real models that `--model` may ask for.
 */
export async function openDesk<P extends Provider>(
  title: string,
  providers: readonly P[],
  { argv, env } = { argv: process.argv.slice(2), env: process.env },
): Promise<Desk<P>> {
  const model = readModelChoice(providers, { argv, env });
  await using opening = new AsyncDisposableStack();
  const started = !env.KEYBRAKE_PROXY_URL;
  const { proxyUrl, adminKey, stripe } = started ? await startProxy(opening) : givenProxy(env);
  const admin = createAdminClient({ proxyUrl, adminKey });
  const opened = opening.move();
  say(title);
  say(`  model: ${model === null ? "a scripted stand-in" : `${model.provider} ${model.name}`}`);
  say(`  Stripe: ${started ? "an emulator, a stand-in" : `whatever ${proxyUrl} has behind it`}`);
  return {
    proxyUrl,
    admin,
    model,
    customer: "cus_demo_alice",
    order: `order-${randomUUID().slice(0, 8)}`,
    vaultKey: async (role) => {
      const given = env[`KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`];
      if (given) return given;
      const name = `example-${role}`;
      return opened.use(await admin.leaseVaultKey({ name, role, daily_usd_cap: CAPS_USD[role] })).vaultKey;
    },
    charges: (runId) => listOfRun(stripe, "charges", runId),
    refunds: (runId) => listOfRun(stripe, "refunds", runId),
    calls: async (runId) => {
      const rows: AuditRow[] = [];
      for await (const row of admin.audit.iterate({ run_id: runId })) rows.push(row);
      return rows.reverse();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
