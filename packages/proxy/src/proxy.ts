import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import { createAdminEndpoint } from "./admin/admin-endpoint.ts";
import type { IncomingCall } from "./call/facts.ts";
import { createCallHandler } from "./call/handle-call.ts";
import type { Handled } from "./call/progress.ts";
import { createWaitingRoom } from "./call/waiting-room.ts";
import { type Environment, systemEnvironment } from "./environment.ts";
import { LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { createMcpEndpoint } from "./mcp/endpoint.ts";
import { normaliseHost } from "./mcp/rebinding.ts";
import { createMetrics } from "./metrics.ts";
import { ProxyError } from "./proxy-error.ts";
import { readBody } from "./read-body.ts";
import { type Answer, refusalAnswer } from "./refusal.ts";
import { createUnauthenticatedLimit } from "./unauthenticated.ts";
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

const OVERLOADED: Answer = refusalAnswer(
  { code: "overloaded", message: "Too many calls are running. Nothing was done; try again in a moment." },
  null,
);
const STORE_DOWN: Answer = refusalAnswer(
  {
    code: "store_unavailable",
    message:
      "The call could not be written down. Send the same call with the same Idempotency-Key again: it cannot take effect twice.",
  },
  null,
);
const TOO_MANY_BAD_KEYS: Answer = refusalAnswer(
  { code: "rate_limited", message: "Too many requests without a valid vault key. Wait a minute." },
  null,
);

function respond(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
  response.end(answer.body);
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
  const unauthenticated = createUnauthenticatedLimit();
  const handleCall = createCallHandler({
    ledger,
    upstream,
    mode,
    credential: () => credential,
    rates: options.rates ?? parseRates({}),
    environment,
    waitingRoom: createWaitingRoom(),
  });
  const admin = createAdminEndpoint({ ledger, environment, adminKey, mode, log });
  const running = new Set<Promise<unknown>>();
  let draining = false;

  function note(handled: Handled, startedAt: number): void {
    const milliseconds = performance.now() - startedAt;
    metrics.observe(handled, milliseconds / 1000);
    const { callId, vaultKeyId, operation, decision, code, answer } = handled;
    const line = { call_id: callId, vault_key_id: vaultKeyId, operation, decision, code };
    log.info({ ...line, status: answer.status, ms: Math.round(milliseconds * 10) / 10 }, "call");
  }

  async function answerCall(call: IncomingCall, remoteAddress: string, startedAt: number): Promise<Answer> {
    const handled = await handleCall(call);
    note(handled, startedAt);
    const flooding =
      handled.decision === "unauthenticated" && unauthenticated.exceeded(remoteAddress, environment.clock());
    return flooding ? TOO_MANY_BAD_KEYS : handled.answer;
  }

  async function serveCall(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const remoteAddress = request.socket.remoteAddress ?? "unknown";
    try {
      const body = await readBody(request);
      if (body === null) response.setHeader("connection", "close");
      const { method = "GET", url: target = "/", headers } = request;
      respond(response, await answerCall({ method, target, headers, body }, remoteAddress, startedAt));
    } catch (error) {
      if (response.destroyed) return;
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "call failed");
      respond(response, STORE_DOWN);
    }
  }

  function acceptCall(request: IncomingMessage, response: ServerResponse): void {
    if (draining || running.size >= LIMITS.callsInFlight) {
      response.setHeader("connection", "close");
      respond(response, OVERLOADED);
      return;
    }
    void track(serveCall(request, response));
  }

  /** Counts what runs, for the limit, the metric and the drain. */
  function track<T>(work: Promise<T>): Promise<T> {
    metrics.started();
    const tracked = work.finally(() => {
      running.delete(tracked);
      metrics.finished();
    });
    running.add(tracked);
    return tracked;
  }

  /** A call that an MCP tool makes in this process; also while draining, since its request was accepted before. */
  async function callInProcess(call: IncomingCall, remoteAddress: string): Promise<Answer> {
    if (running.size >= LIMITS.callsInFlight) return OVERLOADED;
    const answered = answerCall(call, remoteAddress, performance.now()).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "call failed");
      return STORE_DOWN;
    });
    return track(answered);
  }

  const allowedHosts = new Set(options.allowedHosts?.map(normaliseHost));
  const mcp = createMcpEndpoint({ ledger, environment, log, allowedHosts, call: callInProcess });

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

  const server: Server = createServer(
    { maxHeaderSize: LIMITS.headerBytes, requestTimeout: 60_000, headersTimeout: 20_000 },
    (request, response) => {
      const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
      if (path === "/admin" || path.startsWith("/admin/")) void admin(request, response);
      else if (path === "/healthz" || path === "/readyz" || path === "/metrics")
        void serveStatus(path, response);
      else if (path === "/mcp" && !draining) void mcp.handle(request, response);
      else acceptCall(request, response);
    },
  );

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
      await Promise.race([Promise.all([...running, mcp.close()]), late]);
      clearTimeout(timer);
      server.closeAllConnections();
      await Promise.all([closed, upstream.close()]);
    },
  };
}
