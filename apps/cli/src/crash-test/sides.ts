import type { AdminClient, Role } from "@keybrake/core";
import type { EmulatorControl } from "@keybrake/stripe-emulator";
import type { Connection } from "./desk.ts";

/** US dollars that the agent may spend, in every disaster. */
export const CAP_USD = 100;
/** US dollars per pound, for the proxy and for the comparison. */
export const POUND_USD = "1.2700";

/** One of the two ways to Stripe, each with a Stripe of its own. */
export interface Side {
  readonly emulator: EmulatorControl & { readonly url: string };
  /** The connection of an agent that is new. */
  connect(agent: { readonly name: string; readonly role: Role }): Promise<SideConnection>;
}

export interface SideConnection extends Connection {
  /** What Keybrake's own books say of it; null where there are none. */
  ownBooks(): Promise<{ readonly postedMicros: number; readonly open: number } | null>;
}

/** The key that the stand-in takes, as a process that calls Stripe itself has it. */
export const RAW_KEY = "sk_test_crash_test";

const OPEN: ReadonlySet<string> = new Set(["held", "unknown", "awaiting"]);

async function ownBooks(admin: AdminClient, vaultKeyId: string) {
  let postedMicros = 0;
  let open = 0;
  for await (const row of admin.audit.iterate({ vault_key_id: vaultKeyId })) {
    if (row.state === "posted") postedMicros += row.usd_micros;
    if (OPEN.has(row.state)) open += 1;
  }
  return { postedMicros, open };
}

/** Both sides on free ports of this machine; no money can move. `opened` takes what must be closed. */
export async function openSides(
  opened: AsyncDisposableStack,
): Promise<{ readonly plain: Side; readonly keybrake: Side }> {
  const { parseRates, startProxy } = await import("@keybrake/proxy");
  const { createEmulatorControl, startEmulator } = await import("@keybrake/stripe-emulator");
  const { url } = opened.use(await startEmulator());
  const proxy = opened.use(await startProxy({ rates: parseRates({ gbp: POUND_USD }) }));
  return {
    plain: {
      emulator: { url, ...createEmulatorControl(url) },
      connect: async () => ({ url, apiKey: RAW_KEY, ownBooks: async () => null }),
    },
    keybrake: {
      emulator: proxy.emulator,
      async connect({ name, role }) {
        const issued = await proxy.admin.vaultKeys.create({ name, role, daily_usd_cap: CAP_USD });
        return {
          url: proxy.url,
          apiKey: issued.vault_key,
          ownBooks: () => ownBooks(proxy.admin, issued.id),
        };
      },
    },
  };
}
