import type { IncomingMessage, ServerResponse } from "node:http";
import type { VaultKey } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { CallEndpoint } from "../call/call-endpoint.ts";
import type { Environment } from "../environment.ts";
import type { Policy } from "../policy.ts";
import type { Headers } from "../vendors/vendor.ts";

export interface McpDependencies {
  /** The vault key of a request, whether it may still be used or not; null when it names none of this proxy's. */
  readonly identify: (headers: Headers) => Promise<VaultKey<Policy> | null>;
  /** Whether the key's policy allows an operation, by its name. */
  readonly allows: (key: VaultKey<Policy>, operation: string) => boolean;
  readonly environment: Environment;
  readonly log: Logger;
  /** Names under which clients reach this proxy, beside those of this machine. */
  readonly allowedHosts: ReadonlySet<string>;
  /** The way of one call, from authentication to its audit row. Never rejects. */
  readonly call: CallEndpoint["callInProcess"];
}

/** The Model Context Protocol over streamable HTTP. */
export interface McpEndpoint {
  /** Answers one request. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Lets the requests that run end, then ends every session. */
  close(): Promise<void>;
}
