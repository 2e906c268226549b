import { randomUUID } from "node:crypto";
import { type AdminClient, type AuditRow, createAdminClient, ROLE_NAMES, type Role } from "@keybrake/core";
import { startProxy } from "@keybrake/proxy";
import { type ModelChoice, type Provider, readModelChoice } from "./model-choice.ts";

/** A charge or refund as Stripe (or its stand-in) lists it. */
interface StripeObject {
  readonly id: string;
  /** In minor units. */
  readonly amount: number;
  /** Of a refund: the charge. */
  readonly charge?: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Sets an app up, and knows what really happened. */
export interface Witness<P extends Provider = Provider> extends AsyncDisposable {
  readonly admin: AdminClient;
  /** Null: the scripted stand-in. */
  readonly model: ModelChoice<P> | null;
  /** A customer that every emulator has. */
  readonly customer: string;
  /** Different in every run of the example. */
  readonly order: string;
  /** What Stripe has, of a run. */
  readonly charges: (runId: string) => Promise<readonly StripeObject[]>;
  readonly refunds: (runId: string) => Promise<readonly StripeObject[]>;
  /** What the proxy wrote down of a run, oldest first. */
  readonly calls: (runId: string) => Promise<readonly AuditRow[]>;
  /** Says, in one line, that all was as it should be. */
  readonly confirm: () => void;
}

const CAPS_USD = { billing: 100, refund: 100, audit: 0 } as const satisfies Record<Role, number>;

/** A proxy that runs already, such as that of `keybrake dev`. */
function givenProxy(url: string, adminKey: string | undefined) {
  if (!adminKey) throw new Error("with KEYBRAKE_PROXY_URL, set KEYBRAKE_ADMIN_KEY too");
  return { url, admin: createAdminClient({ proxyUrl: url, adminKey }) };
}

/**
 * Gives this process what the app reads from its environment: KEYBRAKE_PROXY_URL, of a proxy in front of a stand-in for
 * Stripe, and a key for each role. What is set already stays. `providers`: the real models that `--model` may ask for.
 */
export async function openWitness<P extends Provider>(
  framework: string,
  providers: readonly P[],
): Promise<Witness<P>> {
  const { argv, env } = process;
  const model = readModelChoice(providers, { argv: argv.slice(2), env });
  await using opening = new AsyncDisposableStack();
  const given = env.KEYBRAKE_PROXY_URL;
  const { url, admin } = given ? givenProxy(given, env.KEYBRAKE_ADMIN_KEY) : opening.use(await startProxy());
  env.KEYBRAKE_PROXY_URL = url;
  for (const role of ROLE_NAMES) {
    const lease = { name: `example-${role}`, role, daily_usd_cap: CAPS_USD[role] };
    const variable = `KEYBRAKE_${role.toUpperCase()}_VAULT_KEY`;
    env[variable] ||= opening.use(await admin.leaseVaultKey(lease)).vaultKey;
  }
  async function listOfRun(resource: string, runId: string): Promise<readonly StripeObject[]> {
    const headers = { authorization: `Bearer ${env.KEYBRAKE_AUDIT_VAULT_KEY}` };
    const response = await fetch(`${url}/stripe/v1/${resource}?limit=100`, { headers });
    if (!response.ok) throw new Error(`listing ${resource} was answered with ${response.status}`);
    const { data } = (await response.json()) as { data: StripeObject[] };
    return data.filter(({ metadata }) => metadata.keybrake_run === runId);
  }
  const opened = opening.move();
  return {
    admin,
    model,
    customer: "cus_demo_alice",
    order: `order-${randomUUID().slice(0, 8)}`,
    charges: (runId) => listOfRun("charges", runId),
    refunds: (runId) => listOfRun("refunds", runId),
    calls: async (runId) => {
      const rows: AuditRow[] = [];
      for await (const row of admin.audit.iterate({ run_id: runId })) rows.push(row);
      return rows.reverse();
    },
    confirm: () => {
      const playing = model === null ? "a scripted stand-in" : `${model.provider} ${model.name}`;
      const stripe = given ? `whatever ${given} has behind it` : "an emulator";
      process.stdout.write(`${framework}: ${playing} and ${stripe}. Everything is as stated.\n`);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
