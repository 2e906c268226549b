import type { Rates } from "@keybrake/proxy";
import { failure } from "../cli-error.ts";
import type { Io } from "../io.ts";

export interface ProxySettings {
  /** The SQLite file of the ledger. */
  readonly store: string;
  /** The upstream's origin. */
  readonly stripeUrl: string;
  readonly adminKey: string;
  readonly rates: Rates;
  readonly port: number;
  readonly host: string;
  /** Names under which MCP clients reach it, beside loopback and `host`. */
  readonly allowedHosts?: readonly string[];
  readonly logLevel: string;
  /** Asked for once the store is open, and so known to be nobody else's. */
  readonly credential: () => Promise<string>;
}

export interface RunningProxy {
  readonly url: string;
  readonly port: number;
  /** Takes no more calls, lets those in flight end, then closes the books. */
  close(): Promise<void>;
}

/** The ledger's error with the file's name and what the system says of it. */
function storeFailure(store: string, error: unknown): Error {
  if (!(error instanceof Error)) return failure("store_unavailable", `The store ${store} cannot be opened.`);
  const code = "code" in error && typeof error.code === "string" ? error.code : "store_unavailable";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return failure(code, `--store (KEYBRAKE_STORE): ${store}: ${error.message}${cause}`);
}

/** Opens the ledger and listens. Whatever was opened is closed again when a later step fails. */
export async function startProxy(settings: ProxySettings, io: Io): Promise<RunningProxy> {
  const [{ createLog, createProxy, createUndiciUpstream }, { openSqliteLedger }] = await Promise.all([
    import("@keybrake/proxy"),
    import("@keybrake/ledger"),
  ]);
  const log = createLog({ level: settings.logLevel, destination: io.log });
  const opened = new AsyncDisposableStack();
  try {
    const ledger = await openSqliteLedger({ path: settings.store }).catch((error: unknown) => {
      throw storeFailure(settings.store, error);
    });
    opened.defer(() => ledger.close());
    const credential = await settings.credential();
    const upstream = createUndiciUpstream(settings.stripeUrl);
    const proxy = createProxy({
      ledger,
      upstream,
      credential,
      adminKey: settings.adminKey,
      rates: settings.rates,
      allowedHosts: settings.allowedHosts ?? [],
      log,
    });
    opened.defer(() => proxy.close());
    const { url, port } = await proxy.listen({ port: settings.port, host: settings.host });
    log.info({ url, store: settings.store, upstream: settings.stripeUrl }, "listening");
    return {
      url,
      port,
      async close() {
        log.info("draining");
        await opened.disposeAsync();
        log.info("closed");
      },
    };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}
