import { inspect } from "node:util";
import { type AdminClient, createAdminClient } from "@keybrake/core";
import type { Ledger } from "@keybrake/ledger";
import type { EmulatorControl } from "@keybrake/stripe-emulator";
import type { Logger } from "pino";
import type { Policy } from "./policy.ts";
import type { CredentialKind } from "./vendors/vendor.ts";

/** A proxy in this process. Printed or serialised it shows its address alone: no key is among its own fields. */
export interface RunningProxy extends AsyncDisposable {
  /** Its root, such as `http://127.0.0.1:8787`; `/stripe`, `/admin` and `/mcp` are under it. */
  readonly url: string;
  readonly port: number;
  readonly adminKey: string;
  /** A client of its admin API, with the admin key. */
  readonly admin: AdminClient;
  /** Its books, open until `close`. */
  readonly ledger: Ledger<Policy>;
  /** What is known of the key that it forwards with. */
  readonly credentialKind: CredentialKind;
  /** The stand-in for Stripe: its address, books and faults. Null when calls are forwarded elsewhere. */
  readonly emulator: RunningEmulator | null;
  /** Takes no more calls, lets those in flight end (bounded), then closes all that was opened. Idempotent. */
  readonly close: () => Promise<void>;
}

/** A proxy in front of a stand-in for Stripe. */
export interface LocalProxy extends RunningProxy {
  readonly emulator: RunningEmulator;
}

export interface RunningEmulator extends EmulatorControl {
  readonly url: string;
}

export interface ProxyParts
  extends Pick<RunningProxy, "url" | "port" | "adminKey" | "ledger" | "credentialKind" | "emulator"> {
  readonly log: Logger;
}

/** `opened` is disposed of by `close`. */
export class StartedProxy implements RunningProxy {
  readonly url: string;
  readonly port: number;
  readonly #parts: ProxyParts;
  readonly #opened: AsyncDisposableStack;
  #admin: AdminClient | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: ProxyParts, opened: AsyncDisposableStack) {
    this.url = parts.url;
    this.port = parts.port;
    this.#parts = parts;
    this.#opened = opened;
  }

  get adminKey(): string {
    return this.#parts.adminKey;
  }

  get admin(): AdminClient {
    this.#admin ??= createAdminClient({ proxyUrl: this.url, adminKey: this.adminKey });
    return this.#admin;
  }

  get ledger(): Ledger<Policy> {
    return this.#parts.ledger;
  }

  get credentialKind(): CredentialKind {
    return this.#parts.credentialKind;
  }

  get emulator(): RunningEmulator | null {
    return this.#parts.emulator;
  }

  readonly close = (): Promise<void> => {
    this.#closed ??= this.#drain();
    return this.#closed;
  };

  async #drain(): Promise<void> {
    this.#parts.log.info("draining");
    await this.#opened.disposeAsync();
    this.#parts.log.info("closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `util.inspect` can be told to call getters. */
  [inspect.custom](): object {
    return { url: this.url, port: this.port };
  }
}
