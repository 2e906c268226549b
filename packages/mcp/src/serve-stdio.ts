import type { Toolset } from "@keybrake/core";
import { watchCalls } from "./calls-under-way.ts";
import { createMcpServer } from "./create-mcp-server.ts";

export interface StdioServer {
  /** Resolves when the client has closed its end of stdin, or after `close`. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** The SDK names a malformed message by everything that is wrong with it, over many lines. */
function inOneLine({ name, message }: Error): string {
  return name === "ZodError" ? "a line that is no JSON-RPC message was passed over" : message;
}

/**
 * Serves the tool sets over this process's stdin and stdout, in the 2025 protocols and in that of 2026. Node
 * only. Nothing else may write to stdout meanwhile. `report` gets what went wrong beside the calls (a message
 * that is no JSON, a broken pipe), in words without a key. When stdin ends, and after `close`, nothing more is
 * read, but the calls that came in before are carried out and answered.
 *
 * @example
 * const server = await serveStdio([createToolset("refund", { vaultKey })], (problem) => log.warn(problem));
 * await server.closed;
 */
export async function serveStdio(
  toolsets: readonly Pick<Toolset, "tools">[],
  report: (problem: string) => void,
): Promise<StdioServer> {
  const [{ PassThrough }, stdio] = await Promise.all([
    import("node:stream"),
    import("@modelcontextprotocol/server/stdio"),
  ]);
  let resolve = () => {};
  const closed = new Promise<void>((done) => {
    resolve = done;
  });
  // The SDK cuts off what runs as soon as its input ends; this one ends when all is answered.
  const input = new PassThrough();
  const transport = new stdio.StdioServerTransport(input);
  const onerror = (error: Error) => report(inOneLine(error));
  const handle = stdio.serveStdio(() => createMcpServer(toolsets), { transport, onerror });
  const calls = watchCalls(transport);
  const ended = transport.onclose;
  transport.onclose = () => {
    ended?.();
    resolve();
  };

  async function end(): Promise<void> {
    process.stdin.unpipe(input).pause();
    // What was read last is still on its way through `input`.
    await new Promise((passed) => setImmediate(passed));
    await calls.answered();
    await handle.close();
  }
  let ending: Promise<void> | undefined;
  const close = () => {
    ending ??= end();
    return ending;
  };
  process.stdin.on("error", onerror).once("end", close).once("close", close).pipe(input, { end: false });
  return { closed, close };
}
