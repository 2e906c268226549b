import { randomInt } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleepFor } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import { Account } from "./account.ts";
import { createApp } from "./app.ts";
import { createKeyRing } from "./auth.ts";
import { KEEP_ALIVE_MS } from "./limits.ts";
import { DEFAULT_CONNECTED_ACCOUNTS, DEFAULT_SEED_CUSTOMERS, type SeedCustomer } from "./seeds.ts";

export interface EmulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. The control routes have no password, so think before listening elsewhere. */
  readonly host?: string | undefined;
  /** Accepted `sk_test_…` and `sk_live_…` keys. Default: every `sk_test_…`. */
  readonly secretKeys?: readonly string[] | undefined;
  /** `rk_…` keys and what each may do: `rak_charge_write` … (RESTRICTED_PERMISSIONS). */
  readonly restrictedKeys?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Keys that Stripe's approval rules apply to, as keys tagged for agents. Default: every key. */
  readonly agentKeys?: readonly string[] | undefined;
  /** Accounts of others, for `transfer_data`, transfers and the `Stripe-Account` header. Default: `acct_1DemoSeller`. */
  readonly connectedAccounts?: readonly string[] | undefined;
  /** Milliseconds since the Unix epoch; default `Date.now`. `POST /_emulator/clock` moves it ahead. */
  readonly clock?: (() => number) | undefined;
  /** The same seed makes the same ids for the same requests. Default: a random one. */
  readonly seed?: number | undefined;
  /** Default: `cus_demo_alice`, `cus_demo_bob`, `cus_demo_carol`. */
  readonly seedCustomers?: readonly SeedCustomer[] | undefined;
}

export interface Emulator {
  /** `http://127.0.0.1:12111`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Ends delayed requests and open connections, and resolves when the port is free. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const EMULATOR_HEADER = "X-Keybrake-Emulator";
const SEED_MAX = 2 ** 47;

/** Marks every response, also those that Node or Hono answers without asking us. */
function markResponses(server: Server): void {
  server.prependListener("request", (_request, response) => {
    response.setHeader(EMULATOR_HEADER, "1");
  });
  server.on("clientError", (_error: Error, socket: Socket) => {
    if (!socket.writable) return;
    socket.end(`HTTP/1.1 400 Bad Request\r\n${EMULATOR_HEADER}: 1\r\nConnection: close\r\n\r\n`);
  });
}

function listen(
  server: Server,
  options: { readonly port: number; readonly host: string },
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

/**
 * Starts a Stripe stand-in on its own port. No network is used and no money is ever moved.
 *
 * Throws when the port is taken or a restricted key has an unknown permission.
 *
 * @example
 * await using emulator = await startEmulator();
 * const stripe = new Stripe("sk_test_x", { host: "127.0.0.1", port: emulator.port, protocol: "http" });
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const account = new Account({
    keyRing: createKeyRing(options),
    clock: options.clock ?? Date.now,
    seed: options.seed ?? randomInt(SEED_MAX),
    customers: options.seedCustomers ?? DEFAULT_SEED_CUSTOMERS,
    connectedAccounts: options.connectedAccounts ?? DEFAULT_CONNECTED_ACCOUNTS,
  });
  const closing = new AbortController();
  const sleep = async (milliseconds: number): Promise<void> => {
    await sleepFor(milliseconds, undefined, { signal: closing.signal });
  };
  const app = createApp(account, sleep);
  // The globals of the process stay what they are: the emulator lives inside other people's tests.
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  markResponses(server);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { port, address, family } = await listen(server, {
    port: options.port ?? 0,
    host: options.host ?? "127.0.0.1",
  });
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      closing.abort();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  };
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    port,
    close,
    [Symbol.asyncDispose]: close,
  };
}
