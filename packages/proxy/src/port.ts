import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pass } from "node:timers/promises";
import type { StoreFault } from "@keybrake/ledger";
import { LINK_PATH } from "./approvals/links.ts";
import { SLACK_PATH } from "./approvals/slack-actions.ts";
import type { CallEndpoint } from "./call/call-endpoint.ts";
import { type Connections, watchConnections } from "./connections.ts";
import { DELEGATION_PATH } from "./delegation/endpoint.ts";
import { LIMITS } from "./limits.ts";
import type { McpEndpoint } from "./mcp/dependencies.ts";
import { normaliseHost } from "./mcp/rebinding.ts";
import type { Metrics } from "./metrics.ts";
import { createServer } from "./node-http.ts";
import { ProxyError } from "./proxy-error.ts";
import { closeAfter, isClosing, respond } from "./respond.ts";
import type { Upstream } from "./upstream/upstream.ts";

/** The one port, and what answers on it. */
export interface Port {
  /** Resolves when requests are accepted. Port 0 takes a free one. Rejects with `ProxyError` `listen_failed`. */
  listen(address: {
    readonly port: number;
    readonly host: string;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Is not ready from now on, and ends each connection with its next answer. After the notice it takes no more calls,
   * lets those in flight end (bounded), and closes the upstreams.
   */
  close(): Promise<void>;
}

/** How a proxy ends. */
export interface DrainOptions {
  /**
   * How long calls are still taken while `/readyz` says no: as long as a load balancer takes to notice, in
   * milliseconds. 0 unless told: then connections are refused at once, which clients and balancers may safely try
   * elsewhere.
   */
  readonly noticeMs?: number;
  /** How long calls may take to end after that, in milliseconds; 75,000 unless told. The holds of those cut off stay. */
  readonly timeoutMs?: number;
}

export interface PortDependencies {
  /** What is wrong with the store, or null when a call could be written down now. */
  readonly readiness: () => Promise<StoreFault | null>;
  /** What /metrics answers; `named` when the request may know names. */
  readonly figures: (named: boolean) => ReturnType<Metrics["render"]>;
  /** Whether a request may see the names of budgets among the metrics, from its Authorization header. */
  readonly mayName: (authorization: string | undefined) => boolean;
  readonly calls: CallEndpoint;
  readonly admin: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly dashboard: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly mcp: McpEndpoint;
  /** Keys that keys make. */
  readonly delegation: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Buttons that somebody has pressed in Slack. */
  readonly slack: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Signed links to cards that wait for a person. */
  readonly approvals: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** The address that is listened on is added. */
  readonly allowedHosts: Set<string>;
  readonly upstreams: readonly Upstream[];
  readonly drain: DrainOptions;
  /** Ends what uses the upstreams beside calls; asked for when the port begins to close. */
  readonly stopBackground: () => Promise<void>;
}

interface Open extends PortDependencies {
  readonly server: Server;
  readonly connections: Connections;
  /** It has been told to end: it is not ready, but may still take calls. */
  leaving: boolean;
  /** It takes no more calls. */
  draining: boolean;
}

/** A server that is not listening yet. */
export function openPort(dependencies: PortDependencies): Port {
  const server = createServer({
    maxHeaderSize: LIMITS.headerBytes,
    headersTimeout: LIMITS.headersMs,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    connectionsCheckingInterval: LIMITS.timeoutCheckMs,
  });
  const connections = watchConnections(server);
  const open: Open = { ...dependencies, server, connections, leaving: false, draining: false };
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
  if (open.leaving) closeAfter(response);
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const isAdmin = path === "/admin" || path.startsWith("/admin/");
  const isMcp = path === "/mcp" && !open.draining;
  const isCard = path.startsWith(LINK_PATH) || path === SLACK_PATH;
  const isApp = path === "/app" || path.startsWith("/app/");
  const isDelegation = path === DELEGATION_PATH || path.startsWith(`${DELEGATION_PATH}/`);
  if (awaitsContinue && (isAdmin || isMcp || isCard || isApp || isDelegation)) response.writeContinue();
  if (isCard) void (path === SLACK_PATH ? open.slack : open.approvals)(request, response);
  else if (isAdmin) void open.admin(request, response);
  else if (isApp) void open.dashboard(request, response);
  else if (isDelegation) void open.delegation(request, response);
  else if (isMcp) void open.mcp.handle(request, response);
  else if (path === "/healthz" || path === "/readyz" || path === "/metrics")
    void serveStatus(open, path, response);
  else open.calls.accept(request, response, awaitsContinue);
}

async function serveStatus(open: Open, path: string, response: ServerResponse): Promise<void> {
  if (path === "/metrics") {
    const { contentType, text } = await open.figures(open.mayName(response.req.headers.authorization));
    respond(response, { status: 200, headers: { "content-type": contentType }, body: text });
    return;
  }
  const reason = path === "/healthz" ? null : await whyNotReady(open);
  const body = JSON.stringify(reason === null ? { status: "ok" } : { status: "unavailable", reason });
  const headers = { "content-type": "application/json" };
  respond(response, { status: reason === null ? 200 : 503, headers, body });
}

/** Says what is wrong, and nothing of where: anybody may ask. */
async function whyNotReady(open: Open): Promise<string | null> {
  if (open.leaving) return "draining";
  const fault = await open.readiness();
  if (open.leaving) return "draining";
  return fault === null ? null : `store_${fault}`;
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
  const { server, calls, mcp, connections, upstreams, drain } = open;
  open.leaving = true;
  connections.closeEach();
  const background = open.stopBackground();
  if (drain.noticeMs !== undefined) await pass(drain.noticeMs);
  open.draining = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const ended = Promise.all([calls.drain(), mcp.close(), background]);
  const isLate = await outlasts(ended, drain.timeoutMs ?? LIMITS.drainMs);
  // Long answers are still on their way, and those of the admin API.
  await outlasts(connections.quiet(), LIMITS.lingerMs);
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  // What was cut off by that is written down as unknown, or as not sent, and its caller hears so.
  if (isLate) await outlasts(ended.then(connections.quiet), LIMITS.lingerMs);
  server.closeAllConnections();
  await closed;
}

/** Waits for it, and no longer than that. True when it was not done by then. */
async function outlasts(work: Promise<unknown>, ms: number): Promise<boolean> {
  const stop = new AbortController();
  const over = pass(ms, true, { signal: stop.signal }).catch(() => false);
  const isLate = await Promise.race([work.then(() => false), over]);
  stop.abort();
  return isLate;
}
