import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { IncomingCall } from "../call/facts.ts";
import type { CallHandler } from "../call/handle-call.ts";
import type { Environment } from "../environment.ts";
import type { Answer } from "../refusal.ts";

export interface McpDependencies {
  readonly identify: CallHandler["identify"];
  readonly environment: Environment;
  readonly log: Logger;
  /** Names under which clients reach this proxy, beside those of this machine. */
  readonly allowedHosts: ReadonlySet<string>;
  /** The way of one call, from authentication to its audit row. Never rejects. */
  readonly call: (call: IncomingCall, remoteAddress: string) => Promise<Answer>;
}

/** The Model Context Protocol over streamable HTTP. */
export interface McpEndpoint {
  /** Answers one request. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Lets the requests that run end, then ends every session. */
  close(): Promise<void>;
}

/** The endpoint at /mcp. The SDK behind it is loaded by the first request, so that it costs no start-up time. */
export function createMcpEndpoint(dependencies: McpDependencies): McpEndpoint {
  let opened: Promise<McpEndpoint> | undefined;
  return {
    async handle(request, response) {
      try {
        opened ??= import("./serve-mcp.ts").then(({ serveMcp }) => serveMcp(dependencies));
        const endpoint = await opened;
        await endpoint.handle(request, response);
      } catch (error) {
        dependencies.log.error({ error: error instanceof Error ? error.message : "unknown" }, "mcp failed");
        response.destroy();
      }
    },
    async close() {
      const endpoint = await opened;
      await endpoint?.close();
    },
  };
}
