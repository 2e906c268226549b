import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pass } from "node:timers/promises";
import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import { createAdminEndpoint } from "./admin/admin-endpoint.ts";
import { createCallEndpoint } from "./call/call-endpoint.ts";
import { createCallHandler } from "./call/handle-call.ts";
import { createWaitingRoom } from "./call/waiting-room.ts";
import { watchConnections } from "./connections.ts";
import { type Environment, systemEnvironment } from "./environment.ts";
import { LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { createMcpEndpoint } from "./mcp/endpoint.ts";
import { normaliseHost } from "./mcp/rebinding.ts";
import { createMetrics } from "./metrics.ts";
import { ProxyError } from "./proxy-error.ts";
import { isClosing, respond } from "./respond.ts";
import type { Upstream } from "./upstream/upstream.ts";
import { readCredentialKind } from "./vault/credential.ts";
import { parseRates, type Rates } from "./vendors/stripe/index.ts";

export interface ProxyOptions {
  /** Closed by whoever opened it, after the proxy. */
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  /** The Stripe key that calls are forwarded with. */
  readonly credential: string;
  /** At least 16 characters; whoever has it can issue keys. */
  readonly adminKey: string;
  /** For currencies other than US dollars; without a rate, a call in one is refused. */
  readonly rates?: Rates;
  /** Host names under which web pages and MCP clients reach /mcp, beside loopback and the address listened on. */
  readonly allowedHosts?: readonly string[];
  readonly environment?: Environment;
  readonly log?: Logger;
}

export interface ProxyServer {
  /** Resolves when requests are accepted. Port 0 takes a free one. */
  listen(address: {
    readonly port: number;
    readonly host: string;
  }): Promise<{ readonly url: string; readonly port: number }>;
  /** Takes no more calls, lets those in flight end (bounded), closes the upstream. */
  close(): Promise<void>;
}

/** The proxy on one port: Stripe's API at the root and under /stripe, the admin API, health and metrics. */
export function createProxy(options: ProxyOptions): ProxyServer {
  const { ledger, upstream, credential, adminKey } = options;
  const environment = options.environment ?? systemEnvironment();
  const log = options.log ?? createLog();
  const { mode } = readCredentialKind(credential);
  if (adminKey.length < 16) {
    throw new ProxyError("admin_key_invalid", "KEYBRAKE_ADMIN_KEY must have at least 16 characters.");
  }
  const metrics = createMetrics();
  const handler = createCallHandler({
    ledger,
    upstream,
    mode,
    credential: () => credential,
    rates: options.rates ?? parseRates({}),
    environment,
    waitingRoom: createWaitingRoom(),
  });
  const calls = createCallEndpoint({ calls: handler, environment, metrics, log });
  const admin = createAdminEndpoint({ ledger, environment, adminKey, mode, log });
  let draining = false;

  const allowedHosts = new Set(options.allowedHosts?.map(normaliseHost));
  const { identify } = handler;
  const mcp = createMcpEndpoint({ identify, environment, log, allowedHosts, call: calls.callInProcess });

  async function serveStatus(path: string, response: ServerResponse): Promise<void> {
    if (path === "/metrics") {
      const { contentType, text } = await metrics.render();
      respond(response, { status: 200, headers: { "content-type": contentType }, body: text });
      return;
    }
    let ready = !draining;
    if (path === "/readyz" && ready)
      ready = await ledger.ping().then(
        () => true,
        () => false,
      );
    const status = path === "/healthz" || ready ? 200 : 503;
    const body = JSON.stringify({ status: status === 200 ? "ok" : "unavailable" });
    respond(response, { status, headers: { "content-type": "application/json" }, body });
  }

  function serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    connections.enter(response);
    if (isClosing(request.socket)) {
      // Nor is anything after it read, while an earlier answer of the connection is waited for.
      request.socket.pause();
      return;
    }
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const isAdmin = path === "/admin" || path.startsWith("/admin/");
    const isMcp = path === "/mcp" && !draining;
    if (awaitsContinue && (isAdmin || isMcp)) response.writeContinue();
    if (isAdmin) void admin(request, response);
    else if (isMcp) void mcp.handle(request, response);
    else if (path === "/healthz" || path === "/readyz" || path === "/metrics")
      void serveStatus(path, response);
    else calls.accept(request, response, awaitsContinue);
  }

  const server: Server = createServer(
    {
      maxHeaderSize: LIMITS.headerBytes,
      headersTimeout: LIMITS.headersMs,
      requestTimeout: LIMITS.requestMs,
      connectionsCheckingInterval: LIMITS.timeoutCheckMs,
    },
    (request, response) => serve(request, response, false),
  );
  server.on("checkContinue", (request, response) => serve(request, response, true));
  const connections = watchConnections(server);

  return {
    listen: ({ port, host }) =>
      new Promise((resolve, reject) => {
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
      }),

    async close() {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LIMITS.drainMs);
      await Promise.race([Promise.all([calls.drain(), mcp.close()]), late]);
      clearTimeout(timer);
      // Long answers are still on their way, and those of the admin API.
      await Promise.race([connections.quiet(), pass(LIMITS.lingerMs, undefined, { ref: false })]);
      server.closeAllConnections();
      await Promise.all([closed, upstream.close()]);
    },
  };
}
