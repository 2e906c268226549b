import type { IncomingMessage, ServerResponse } from "node:http";
import { createRun, isKeybrakeError, KeybrakeError } from "@keybrake/core";
import type { VaultKey } from "@keybrake/ledger";
import { createMcpServer } from "@keybrake/mcp";
import {
  createMcpHandler,
  isInitializeRequest,
  isJSONRPCRequest,
  isLegacyRequest,
} from "@modelcontextprotocol/server";
import { keyRefusal } from "../call/handle-call.ts";
import { createPlaces } from "../call/places.ts";
import type { Policy } from "../policy.ts";
import { readBody, SlowBody } from "../read-body.ts";
import { readVaultKey } from "../vault-key.ts";
import { redactSecrets } from "../vendors/stripe/index.ts";
import {
  bodyLate,
  bodyTooLarge,
  FOREIGN,
  failed,
  invalid,
  methodNotAllowed,
  overloaded,
  sessionEnded,
  sessionNotFound,
  sessionsFull,
} from "./answers.ts";
import { connectSession } from "./connection.ts";
import type { McpDependencies, McpEndpoint } from "./endpoint.ts";
import { type Caller, policyTools } from "./policy-tools.ts";
import { foreignHeader } from "./rebinding.ts";
import { createRunTable } from "./runs.ts";
import { createSessionTable } from "./sessions.ts";
import { toRequest, toResponse, writeResponse } from "./web.ts";

/** A request of a client whose key is known. */
interface Exchange {
  readonly key: VaultKey;
  readonly caller: Omit<Caller, "run">;
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

/** Null when the client names none. Throws like `createRun`: a run id is shown in answers, rows and at Stripe. */
function readRunId(header: string | string[] | undefined): string | null {
  const runId = header?.toString() || null;
  if (runId !== null && redactSecrets(runId) !== runId) {
    throw new KeybrakeError({ code: "invalid_options", message: "A run id must not hold a key." });
  }
  return runId;
}

/** Streamable HTTP for the tools of a vault key: sessions for the protocols of 2025, none for that of 2026. */
export function serveMcp(dependencies: McpDependencies): McpEndpoint {
  const { identify, environment, log, allowedHosts, call } = dependencies;
  const sessions = createSessionTable(environment.clock);
  const runs = createRunTable(environment.clock);
  /** Of requests whose body is read; what they do then takes places of calls. */
  const readers = createPlaces();
  const running = new Set<Promise<void>>();
  const report = (error: Error) => log.debug({ error: error.message }, "mcp");

  async function openSession(exchange: Exchange): Promise<Response> {
    const { key, caller, request, message } = exchange;
    const id = `mcp_${Buffer.from(environment.random(32)).toString("base64url")}`;
    const run = runs.find(key.id, exchange.runId ?? id);
    const connection = await connectSession(id, policyTools({ ...caller, run }, call), report);
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

  async function continueSession(id: string, exchange: Exchange): Promise<Response> {
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
  async function serveOnce(exchange: Exchange): Promise<Response> {
    const { key, caller, request, message } = exchange;
    const { runId } = exchange;
    const run = runId === null ? createRun({ runId: `mcp-${key.id}` }) : runs.find(key.id, runId);
    const toolsets = policyTools({ ...caller, run }, call);
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
    // Not waited for: a session that ends may have a call of somebody else's to finish.
    void sessions.sweep();
    const vaultKey = readVaultKey(headers.authorization);
    const key = await identify(headers);
    // Refused as every call is: with its row in the audit log, and counted against floods.
    const refuse = async () =>
      toResponse(await call({ method, target: "/mcp", headers, body: "" }, remoteAddress));
    if (vaultKey === null || key === null) return refuse();
    if (method !== "POST" && method !== "GET" && method !== "DELETE") return methodNotAllowed();
    if (!readers.take(key.id)) return overloaded();
    const body = await readBody(incoming).finally(() => readers.release(key.id));
    if (body === null) return bodyTooLarge();
    const gone = new AbortController();
    const onClose = (listener: () => void) => void outgoing.once("close", listener);
    onClose(() => gone.abort());
    const exchange: Exchange = {
      key,
      caller: { vaultKey, policy: key.policy as Policy, remoteAddress },
      runId: readRunId(headers["x-agent-run-id"]),
      request: toRequest(incoming, method === "POST" ? body : null, gone.signal),
      message: method === "POST" ? parse(body) : undefined,
      onClose,
    };
    return keyRefusal(key, now) === null ? dispatch(exchange) : endKey(exchange, refuse);
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const response = await answer(incoming, outgoing).catch((error: unknown) => {
      // The only options that come from the client are the run's.
      if (isKeybrakeError(error)) return invalid("The header X-Agent-Run-Id cannot name a run.");
      if (error instanceof SlowBody) return bodyLate();
      // A client that went away in the middle of its request is no failure of the proxy's.
      if (!outgoing.destroyed)
        log.error({ error: error instanceof Error ? error.message : "unknown" }, "mcp request failed");
      return failed();
    });
    await writeResponse(incoming, outgoing, response);
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
