import { createRun } from "@keybrake/core";
import type { VaultKey } from "@keybrake/ledger";
import { createMcpServer } from "@keybrake/mcp";
import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCRequest,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import { invalid, sessionEnded, sessionNotFound, sessionsFull } from "./answers.ts";
import { connectSession } from "./connection.ts";
import type { McpDependencies } from "./dependencies.ts";
import { type KeyHolder, policyTools } from "./policy-tools.ts";
import type { RunTable } from "./runs.ts";
import type { SessionTable } from "./sessions.ts";

/** What the endpoint remembers between requests. */
export interface McpState {
  readonly dependencies: McpDependencies;
  readonly sessions: SessionTable;
  readonly runs: RunTable;
  readonly report: (error: Error) => void;
}

/** A request of a client whose key is known. */
export interface Exchange {
  readonly key: VaultKey;
  readonly holder: Omit<KeyHolder, "run">;
  /** X-Agent-Run-Id. */
  readonly runId: string | null;
  readonly request: Request;
  /** The parsed body; undefined without one, or when it is no JSON. */
  readonly message: unknown;
  /** Called when the client's side of the exchange is over. */
  readonly onClose: (listener: () => void) => void;
}

async function openSession(state: McpState, exchange: Exchange): Promise<Response> {
  const { sessions, runs, report, dependencies } = state;
  const { key, holder, request, message } = exchange;
  const id = `mcp_${Buffer.from(dependencies.environment.random(32)).toString("base64url")}`;
  const run = runs.find(key.id, exchange.runId ?? id);
  const connection = await connectSession(id, policyTools({ ...holder, run }, dependencies.call), report);
  // Nothing is awaited between the look and the taking.
  const whose = sessions.full(key.id);
  if (whose !== null) return sessionsFull(whose);
  const session = { id, vaultKeyId: key.id, run, connection };
  sessions.add(session, key);
  exchange.onClose(sessions.use(session));
  const response = await connection.handle(request, message);
  if (!response.ok) await sessions.end(id);
  return response;
}

async function continueSession(
  { sessions, runs }: McpState,
  id: string,
  exchange: Exchange,
): Promise<Response> {
  const { key, runId, request, message } = exchange;
  const session = sessions.find(id, key.id);
  if (session === null) return sessionNotFound();
  if (runId !== null && runId !== session.run.runId) {
    return invalid("This session belongs to another run. Start a session for this X-Agent-Run-Id.");
  }
  if (request.method === "DELETE") {
    // Not by the SDK, which would cut off the calls that run and leave them without an answer.
    void sessions.end(id);
    return sessionEnded();
  }
  exchange.onClose(sessions.use(session));
  runs.keep(key.id, session.run);
  return session.connection.handle(request, message);
}

/**
 * The protocol of 2026 has no sessions, and neither is one needed: what makes repeats safe is the run id.
 * A client that names no run is one run for as long as its key lives; not one that a latch could close, since
 * a long-lived key's budget comes back with the hours.
 */
async function serveOnce({ runs, report, dependencies }: McpState, exchange: Exchange): Promise<Response> {
  const { key, holder, runId, request, message } = exchange;
  const run = runId === null ? createRun({ runId: `mcp-${key.id}` }) : runs.find(key.id, runId);
  const toolsets = policyTools({ ...holder, run }, dependencies.call);
  const handler = createMcpHandler(() => createMcpServer(toolsets), {
    legacy: "reject",
    maxSubscriptions: 1,
    onerror: report,
  });
  exchange.onClose(() => void handler.close());
  return handler.fetch(request, { parsedBody: message });
}

/** Answers one request of a key that may be used. */
export async function dispatch(state: McpState, exchange: Exchange): Promise<Response> {
  const { request, message } = exchange;
  const sessionId = request.headers.get("mcp-session-id");
  const posted = request.method === "POST";
  if (posted && message === undefined) return invalid("The body is not valid JSON.");
  if (Array.isArray(message)) return invalid("Send JSON-RPC messages one by one; batches are not taken.");
  if (sessionId !== null) return continueSession(state, sessionId, exchange);
  if (posted && isInitializeRequest(message)) return openSession(state, exchange);
  if (posted && !(await isLegacyRequest(request, message))) return serveOnce(state, exchange);
  return invalid("The header Mcp-Session-Id is missing. A session starts with an initialize request.");
}

/**
 * The key was revoked or has expired: its sessions end. A tool call still gets the refusal as its result, for
 * many clients never tell their model of an HTTP status, and some wait for ever.
 */
export async function endKey(
  state: McpState,
  exchange: Exchange,
  refuse: () => Promise<Response>,
): Promise<Response> {
  const { sessions } = state;
  const { key, request, message } = exchange;
  const id = request.headers.get("mcp-session-id");
  const open = id === null ? !(await isLegacyRequest(request, message)) : sessions.find(id, key.id) !== null;
  const called = isJSONRPCRequest(message) && message.method === "tools/call";
  const response = open && called ? await dispatch(state, exchange) : await refuse();
  void sessions.endAllOf(key.id);
  return response;
}
