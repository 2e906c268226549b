import type { Toolset } from "@keybrake/core";
import { createMcpServer } from "@keybrake/mcp";
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  ProtocolErrorCode,
  type RequestId,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { invalid } from "./answers.ts";
import type { SessionConnection } from "./sessions.ts";

const ACCEPTED = () => new Response(null, { status: 202 });

/** The id of the request that a notification cancels; undefined for every other message. */
function cancelledId(message: unknown): unknown {
  if (!isJSONRPCNotification(message) || message.method !== "notifications/cancelled") return undefined;
  return message.params?.requestId;
}

/**
 * A server for one session. The SDK answers requests as JSON, and leaves two kinds of them without an answer:
 * those that the client cancelled, and one of two under the same id. Neither may hold a connection for ever.
 */
export async function connectSession(
  sessionId: string,
  toolsets: readonly Toolset[],
  report: (error: Error) => void,
): Promise<SessionConnection> {
  const server = createMcpServer(toolsets);
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => sessionId,
    enableJsonResponse: true,
  });
  server.server.onerror = report;
  await server.connect(transport);
  const running = new Map<unknown, { readonly abandon: () => void; readonly answered: Promise<Response> }>();

  async function handleRequest(id: RequestId, request: Request, message: unknown): Promise<Response> {
    if (running.has(id)) return invalid("A request with this id is still running in the session.");
    const { promise: abandoned, resolve } = Promise.withResolvers<Response>();
    const answered = Promise.race([transport.handleRequest(request, { parsedBody: message }), abandoned]);
    const abandon = () => {
      resolve(ACCEPTED());
      // Seen by nobody: it makes the SDK forget the request, which it would keep as long as the session lives.
      const error = { code: ProtocolErrorCode.InternalError, message: "cancelled" };
      transport.send({ jsonrpc: "2.0", id, error }).catch(report);
    };
    running.set(id, { abandon, answered });
    try {
      return await answered;
    } finally {
      running.delete(id);
    }
  }

  return {
    async handle(request, message) {
      if (isJSONRPCRequest(message)) return handleRequest(message.id, request, message);
      const response = await transport.handleRequest(request, { parsedBody: message });
      running.get(cancelledId(message))?.abandon();
      return response;
    },
    async close() {
      // What runs has moved money, perhaps: its answer is still delivered.
      await Promise.allSettled([...running.values()].map(({ answered }) => answered));
      await server.close().catch(report);
    },
  };
}
