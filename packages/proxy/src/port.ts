import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pass } from "node:timers/promises";
import type { CallEndpoint } from "./call/call-endpoint.ts";
import { type Connections, watchConnections } from "./connections.ts";
import { LIMITS } from "./limits.ts";
import type { McpEndpoint } from "./mcp/dependencies.ts";
import { normaliseHost } from "./mcp/rebinding.ts";
import type { Metrics } from "./metrics.ts";
import { ProxyError } from "./proxy-error.ts";
import { isClosing, respond } from "./respond.ts";
import type { Upstream } from "./upstream/upstream.ts";

/** The one port, and what answers on it. */
export interface Port {
  /** Resolves when requests are accepted. Port 0 takes a free one. Rejects with `ProxyError` `listen_failed`. */
  listen(address: {
    readonly port: number;
    readonly host: string;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /** Takes no more calls, lets those in flight end (bounded), closes the upstreams. */
  close(): Promise<void>;
}

export interface PortDependencies {
  /** Rejects when a call could not be written down. */
  readonly ready: () => Promise<void>;
  readonly metrics: Metrics;
  readonly calls: CallEndpoint;
  readonly admin: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly mcp: McpEndpoint;
  /** The address that is listened on is added. */
  readonly allowedHosts: Set<string>;
  readonly upstreams: readonly Upstream[];
}

interface Open extends PortDependencies {
  readonly server: Server;
  readonly connections: Connections;
  draining: boolean;
}

/** A server that is not listening yet. */
export function openPort(dependencies: PortDependencies): Port {
  const server = createServer({
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: LIMITS.headersMs,
    requestTimeout: LIMITS.requestMs,
    connectionsCheckingInterval: LIMITS.timeoutCheckMs,
  });
  const open: Open = { ...dependencies, server, connections: watchConnections(server), draining: false };
  server.on("request", (request, response) => serve(open, request, response, false));
  server.on("checkContinue", (request, response) => serve(open, request, response, true));
  return { listen: (address) => listen(open, address), close: () => close(open) };
}

function serve(
  open: Open,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): void {
  open.connections.enter(response);
  if (isClosing(request.socket)) {
    // Nor is anything after it read, while an earlier answer of the connection is waited for.
    request.socket.pause();
    return;
  }
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const isAdmin = path === "/admin" || path.startsWith("/admin/");
  const isMcp = path === "/mcp" && !open.draining;
  if (awaitsContinue && (isAdmin || isMcp)) response.writeContinue();
  if (isAdmin) void open.admin(request, response);
  else if (isMcp) void open.mcp.handle(request, response);
  else if (path === "/healthz" || path === "/readyz" || path === "/metrics")
    void serveStatus(open, path, response);
  else open.calls.accept(request, response, awaitsContinue);
}

async function serveStatus(
  { metrics, ready: check, draining }: Open,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (path === "/metrics") {
    const { contentType, text } = await metrics.render();
    respond(response, { status: 200, headers: { "content-type": contentType }, body: text });
    return;
  }
  let ready = !draining;
  if (path === "/readyz" && ready)
    ready = await check().then(
      () => true,
      () => false,
    );
  const status = path === "/healthz" || ready ? 200 : 503;
  const body = JSON.stringify({ status: status === 200 ? "ok" : "unavailable" });
  respond(response, { status, headers: { "content-type": "application/json" }, body });
}

function listen(
  { server, allowedHosts }: Open,
  { port, host }: Parameters<Port["listen"]>[0],
): ReturnType<Port["listen"]> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" ? ": the port is taken; choose another with --port" : "";
      const message = `Cannot listen on ${host}:${port} (${error.code ?? error.name})${taken}`;
      reject(new ProxyError("listen_failed", message, { cause: error }));
    });
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo;
      const name = host.includes(":") ? `[${host}]` : host;
      allowedHosts.add(normaliseHost(host));
      resolve({ url: `http://${name}:${address.port}`, port: address.port });
    });
  });
}

async function close(open: Open): Promise<void> {
  const { server, calls, mcp, connections, upstreams } = open;
  open.draining = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LIMITS.drainMs);
  await Promise.race([Promise.all([calls.drain(), mcp.close()]), late]);
  clearTimeout(timer);
  // Long answers are still on their way, and those of the admin API.
  await Promise.race([connections.quiet(), pass(LIMITS.lingerMs, undefined, { ref: false })]);
  server.closeAllConnections();
  await Promise.all([closed, ...upstreams.map((upstream) => upstream.close())]);
}
