import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteLedger } from "@keybrake/ledger";
import { createLog, createProxy, createUndiciUpstream } from "@keybrake/proxy";
import { startEmulator } from "@keybrake/stripe-emulator";

/** Where an example finds its proxy, and where it asks Stripe what really happened. */
export interface Connection {
  readonly proxyUrl: string;
  readonly adminKey: string;
  readonly stripe: { readonly url: string; readonly key: string };
}

/**
 * What `keybrake dev` does, in this process: a stand-in for Stripe and the proxy in front of it, on free ports of
 * 127.0.0.1, with a store in a temporary folder. `opened` takes what must be closed.
 */
export async function startProxy(opened: AsyncDisposableStack): Promise<Connection> {
  const folder = await mkdtemp(join(tmpdir(), "keybrake-example-"));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const credential = `sk_test_${randomBytes(12).toString("hex")}`;
  const emulator = opened.use(await startEmulator({ secretKeys: [credential] }));
  const ledger = await openSqliteLedger({ path: join(folder, "keybrake.db") });
  opened.defer(() => ledger.close());
  const adminKey = randomBytes(24).toString("hex");
  const upstream = createUndiciUpstream(emulator.url);
  const proxy = createProxy({ ledger, upstream, credential, adminKey, log: createLog({ level: "silent" }) });
  const { url: proxyUrl } = await proxy.listen({ port: 0, host: "127.0.0.1" });
  opened.defer(() => proxy.close());
  return { proxyUrl, adminKey, stripe: { url: emulator.url, key: credential } };
}
