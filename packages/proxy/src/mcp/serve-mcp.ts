import type { IncomingMessage, ServerResponse } from "node:http";
import { isKeybrakeError, KeybrakeError, redactSecrets } from "@keybrake/core";
import { keyRefusal } from "../call/authenticate.ts";
import { createPlaces, type Places } from "../call/places.ts";
import { deadlineTime } from "../environment.ts";
import { readBody, SlowBody } from "../read-body.ts";
import { readVaultKey } from "../vault-key.ts";
import { bodyLate, bodyTooLarge, FOREIGN, failed, invalid, methodNotAllowed, overloaded } from "./answers.ts";
import type { McpDependencies, McpEndpoint } from "./dependencies.ts";
import { dispatch, type Exchange, endKey, type McpState } from "./exchange.ts";
import { foreignHeader } from "./rebinding.ts";
import { createRunTable } from "./runs.ts";
import { createSessionTable } from "./sessions.ts";
import { toRequest, toResponse, writeResponse } from "./web.ts";

interface Endpoint extends McpState {
  /** Of requests whose body is read; what they do then takes places of calls. */
  readonly readers: Places;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Null when the client names none. Throws like `createRun`: a run id is shown in answers, rows and at the vendor. */
function readRunId(header: string | string[] | undefined): string | null {
  const runId = header?.toString() || null;
  if (runId !== null && redactSecrets(runId) !== runId) {
    throw new KeybrakeError({ code: "invalid_options", message: "A run id must not hold a key." });
  }
  return runId;
}

/** Streamable HTTP for the tools of a vault key: sessions for the protocols of 2025, none for that of 2026. */
export function serveMcp(dependencies: McpDependencies): McpEndpoint {
  const { environment, log } = dependencies;
  const endpoint: Endpoint = {
    dependencies,
    sessions: createSessionTable(environment.clock),
    runs: createRunTable(environment.clock),
    readers: createPlaces(),
    report: (error) => log.debug({ error: error.message }, "mcp"),
  };
  const running = new Set<Promise<void>>();
  return {
    handle(incoming, outgoing) {
      const served = serve(endpoint, incoming, outgoing).finally(() => running.delete(served));
      running.add(served);
      return served;
    },
    async close() {
      await Promise.all(running);
      await endpoint.sessions.endAll();
    },
  };
}

async function serve(endpoint: Endpoint, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { log } = endpoint.dependencies;
  const response = await answer(endpoint, incoming, outgoing).catch((error: unknown) => {
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

async function answer(
  endpoint: Endpoint,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<Response> {
  const { dependencies, sessions, readers } = endpoint;
  const foreign = foreignHeader(incoming, dependencies.allowedHosts);
  if (foreign !== null) return FOREIGN[foreign]();
  const { method = "GET", headers, socket } = incoming;
  const remoteAddress = socket.remoteAddress ?? "unknown";
  const now = deadlineTime(dependencies.environment);
  // Not waited for: a session that ends may have a call of somebody else's to finish.
  void sessions.sweep();
  const vaultKeySecret = readVaultKey(headers.authorization);
  const key = await dependencies.identify(headers);
  // Refused as every call is: with its row in the audit log, and counted against floods.
  const refuse = async () =>
    toResponse(await dependencies.call({ method, target: "/mcp", headers, body: "", remoteAddress }));
  if (vaultKeySecret === null || key === null) return refuse();
  if (method !== "POST" && method !== "GET" && method !== "DELETE") return methodNotAllowed();
  if (!readers.take(key.id)) return overloaded();
  const body = await readBody(incoming).finally(() => readers.release(key.id));
  if (body === null) return bodyTooLarge();
  const allows = (operation: string) => dependencies.allows(key, operation);
  const sender = { key, holder: { vaultKeySecret, allows, remoteAddress } };
  const exchange = exchangeOf(incoming, outgoing, sender, method === "POST" ? body : null);
  return keyRefusal(key, now) === null ? dispatch(endpoint, exchange) : endKey(endpoint, exchange, refuse);
}

function exchangeOf(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { key, holder }: Pick<Exchange, "key" | "holder">,
  body: string | null,
): Exchange {
  const gone = new AbortController();
  const onClose = (listener: () => void) => void outgoing.once("close", listener);
  onClose(() => gone.abort());
  return {
    key,
    holder,
    runId: readRunId(incoming.headers["x-agent-run-id"]),
    request: toRequest(incoming, body, gone.signal),
    message: body === null ? undefined : parse(body),
    onClose,
  };
}
