import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LIMITS } from "./limits.ts";
import type { Answer } from "./refusal.ts";

const closing = new WeakSet<Socket>();
const final = new WeakSet<ServerResponse>();

/**
 * Whether a request on this connection was answered before it was read. What follows it must not be processed
 * (RFC 9112, section 9.6): its answer could not be delivered.
 */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

/** The connection ends with this answer, which is still due: what came after its request cannot be read. */
export function endWith(response: ServerResponse): void {
  final.add(response);
}

/** As `endWith`, whoever writes the answer; and what comes after it on the connection is not processed. */
export function closeAfter(response: ServerResponse): void {
  closing.add(response.req.socket);
  // Node says `Connection: close` in the answer's head, and closes when it is out.
  response.shouldKeepAlive = false;
}

/** Answers a request that was read to its end, or that has no body. */
export function respond(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  if (final.has(response)) response.setHeader("connection", "close");
  response.writeHead(answer.status, { ...answer.headers, "content-length": Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

/**
 * Answers a request whose body may still be on its way; resolves when the answer is written. The client has it
 * at once; the connection ends when the body has come, which is thrown away, or a moment later.
 */
export async function respondEarly(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  // A body that came with its headers is parsed by then, and the connection can go on.
  if (!request.complete) await nextTurn();
  if (request.complete || response.destroyed) {
    respond(response, answer);
    return;
  }
  closing.add(request.socket);
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, { ...answer.headers, connection: "close", "content-length": length });
  // Written but not ended: Node closes the connection with the end of an answer that says so.
  response.write(answer.body, () => linger(request, response));
}

/** Begun when the answer is out: answers to earlier requests of the connection go before it. */
function linger(request: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LIMITS.lingerMs);
  request.once("close", end).once("end", end).resume();
}
