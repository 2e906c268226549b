import type { Toolset } from "@keybrake/core";
import { createMcpServer } from "./create-mcp-server.ts";

export interface StdioServer {
  /** Resolves when the client has closed its end of stdin, or after `close`. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves the tool sets over this process's stdin and stdout, in the 2025 protocols and in that of 2026. Node
 * only. Nothing else may write to stdout meanwhile. `report` gets what went wrong beside the calls (a message
 * that is no JSON, a broken pipe), in words without a key.
 *
 * @example
 * const server = await serveStdio([createToolset("refund", { vaultKey })], (problem) => log.warn(problem));
 * await server.closed;
 */
export async function serveStdio(
  toolsets: readonly Pick<Toolset, "tools">[],
  report: (problem: string) => void,
): Promise<StdioServer> {
  const stdio = await import("@modelcontextprotocol/server/stdio");
  let resolve = () => {};
  const closed = new Promise<void>((done) => {
    resolve = done;
  });
  const transport = new stdio.StdioServerTransport();
  const handle = stdio.serveStdio(() => createMcpServer(toolsets), {
    transport,
    onerror: (error) => report(error.message),
  });
  const ended = transport.onclose;
  transport.onclose = () => {
    ended?.();
    resolve();
  };
  return { closed, close: () => handle.close() };
}
