import type { IncomingMessage, ServerResponse } from "node:http";
import { isKeybrakeError } from "@keybrake/core";
import type { VaultKey } from "@keybrake/ledger";
import { createMcpServer } from "@keybrake/mcp";
import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCRequest,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import type { Policy } from "../policy.ts";
import { readBody } from "../read-body.ts";
import { hashVaultKey, readVaultKey } from "../vault-key.ts";
import {
  bodyTooLarge,
  FOREIGN,
  failed,
  invalid,
  methodNotAllowed,
  sessionNotFound,
  sessionsFull,
} from "./answers.ts";
import { connectSession } from "./connection.ts";
import type { McpDependencies, McpEndpoint } from "./endpoint.ts";
import { type Caller, policyTools } from "./policy-tools.ts";
import { foreignHeader } from "./rebinding.ts";
import { createSessionTable } from "./sessions.ts";
import { toRequest, toResponse, writeResponse } from "./web.ts";

/** A request of a client whose key is known. */
interface Exchange {
  readonly key: VaultKey;
  readonly caller: Omit<Caller, "runId">;
  /** X-Agent-Run-Id. */
  readonly runId: string | null;
  readonly request: Request;
  /** The parsed body; undefined without one, or when it is no JSON. */
  readonly message: unknown;
  /** Called when the client's side of the exchange is over. */
  readonly onClose: (listener: () => void) => void;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Streamable HTTP for the tools of a vault key: sessions for the protocols of 2025, none for that of 2026. */
export function serveMcp(dependencies: McpDependencies): McpEndpoint {
  const { ledger, environment, log, allowedHosts, call } = dependencies;
  const sessions = createSessionTable(environment.clock);
  const running = new Set<Promise<void>>();
  const report = (error: Error) => log.debug({ error: error.message }, "mcp");

  async function openSession(exchange: Exchange): Promise<Response> {
    const { key, caller, request, message } = exchange;
    const whose = sessions.full(key.id);
    if (whose !== null) return sessionsFull(whose);
    const id = `mcp_${Buffer.from(environment.random(32)).toString("base64url")}`;
    const runId = exchange.runId ?? id;
    const connection = await connectSession(id, policyTools({ ...caller, runId }, call), report);
    const session = { id, vaultKeyId: key.id, runId, connection };
    sessions.add(session, key);
    exchange.onClose(sessions.use(session));
    const response = await connection.handle(request, message);
    if (!response.ok) await sessions.end(id);
    return response;
  }

  async function continueSession(id: string, exchange: Exchange): Promise<Response> {
    const { key, runId, request, message } = exchange;
    const session = sessions.find(id, key.id);
    if (session === null) return sessionNotFound();
    if (runId !== null && runId !== session.runId) {
      return invalid("This session belongs to another run. Start a session for this X-Agent-Run-Id.");
    }
    exchange.onClose(sessions.use(session));
    const response = await session.connection.handle(request, message);
    if (request.method === "DELETE" && response.ok) await sessions.end(id);
    return response;
  }

  /**
   * The protocol of 2026 has no sessions, and neither is one needed: what makes repeats safe is the run id.
   * A client that names no run is one run for as long as its key lives.
   */
  async function serveOnce(exchange: Exchange): Promise<Response> {
    const { key, caller, request, message } = exchange;
    const runId = exchange.runId ?? `mcp-${key.id}`;
    const toolsets = policyTools({ ...caller, runId }, call);
    const handler = createMcpHandler(() => createMcpServer(toolsets), {
      legacy: "reject",
      maxSubscriptions: 1,
      onerror: report,
    });
    exchange.onClose(() => void handler.close());
    return handler.fetch(request, { parsedBody: message });
  }

  async function dispatch(exchange: Exchange): Promise<Response> {
    const { request, message } = exchange;
    const sessionId = request.headers.get("mcp-session-id");
    const posted = request.method === "POST";
    if (posted && message === undefined) return invalid("The body is not valid JSON.");
    if (Array.isArray(message)) return invalid("Send JSON-RPC messages one by one; batches are not taken.");
    if (sessionId !== null) return continueSession(sessionId, exchange);
    if (posted && isInitializeRequest(message)) return openSession(exchange);
    if (posted && !(await isLegacyRequest(request, message))) return serveOnce(exchange);
    return invalid("The header Mcp-Session-Id is missing. A session starts with an initialize request.");
  }

  /**
   * The key was revoked or has expired: its sessions end. A tool call still gets the refusal as its result, for
   * many clients never tell their model of an HTTP status, and some wait for ever.
   */
  async function endKey(exchange: Exchange, refuse: () => Promise<Response>): Promise<Response> {
    const { key, request, message } = exchange;
    const id = request.headers.get("mcp-session-id");
    const open =
      id === null ? !(await isLegacyRequest(request, message)) : sessions.find(id, key.id) !== null;
    const called = isJSONRPCRequest(message) && message.method === "tools/call";
    const response = open && called ? await dispatch(exchange) : await refuse();
    void sessions.endAllOf(key.id);
    return response;
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
    const foreign = foreignHeader(incoming, allowedHosts);
    if (foreign !== null) return FOREIGN[foreign]();
    const { method = "GET", headers, socket } = incoming;
    const remoteAddress = socket.remoteAddress ?? "unknown";
    const now = environment.clock();
    await sessions.sweep();
    const vaultKey = readVaultKey(headers.authorization);
    const key = vaultKey === null ? null : await ledger.findVaultKeyByHash(hashVaultKey(vaultKey));
    // Refused as every call is: with its row in the audit log, and counted against floods.
    const refuse = async () =>
      toResponse(await call({ method, target: "/mcp", headers, body: "" }, remoteAddress));
    if (vaultKey === null || key === null) return refuse();
    if (method !== "POST" && method !== "GET" && method !== "DELETE") return methodNotAllowed();
    const body = await readBody(incoming);
    if (body === null) return bodyTooLarge();
    const gone = new AbortController();
    const onClose = (listener: () => void) => void outgoing.once("close", listener);
    onClose(() => gone.abort());
    const exchange: Exchange = {
      key,
      caller: { vaultKey, policy: key.policy as Policy, remoteAddress },
      runId: incoming.headers["x-agent-run-id"]?.toString() || null,
      request: toRequest(incoming, method === "POST" ? body : null, gone.signal),
      message: method === "POST" ? parse(body) : undefined,
      onClose,
    };
    const usable = key.revokedAt === null && now < key.expiresAt;
    return usable ? dispatch(exchange) : endKey(exchange, refuse);
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const response = await answer(incoming, outgoing).catch((error: unknown) => {
      // The only options that come from the client are the run's.
      if (isKeybrakeError(error)) return invalid("The header X-Agent-Run-Id cannot name a run.");
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "mcp request failed");
      return failed();
    });
    await writeResponse(outgoing, response);
  }

  return {
    handle(incoming, outgoing) {
      const served = serve(incoming, outgoing).finally(() => running.delete(served));
      running.add(served);
      return served;
    },
    async close() {
      await Promise.all(running);
      await sessions.endAll();
    },
  };
}
