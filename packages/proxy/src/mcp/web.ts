import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { redactSecrets } from "@keybrake/core";
import type { Answer } from "../refusal.ts";
import { respondEarly } from "../respond.ts";

/** Between Node's requests and the web's, which the SDK speaks. */

/** The request without the credential, which nobody behind this needs. `signal`: the client went away. */
export function toRequest(incoming: IncomingMessage, body: string | null, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined && name !== "authorization")
      headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  // The name is of no consequence: it was checked, and only the headers are looked at.
  return new Request("http://localhost/mcp", { method: incoming.method ?? "GET", headers, body, signal });
}

export function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers: { ...headers } });
}

/**
 * Writes the answer; resolves when it is out of hand. A stream is begun, and ends by itself. Rejects never. What
 * the SDK and the tools say quotes the client's own words: a key among them goes no further.
 */
export async function writeResponse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: Response,
): Promise<void> {
  const { status, body } = response;
  const headers = Object.fromEntries(response.headers);
  if (outgoing.destroyed) {
    await body?.cancel().catch(() => undefined);
  } else if (body !== null && headers["content-type"] === "text/event-stream") {
    outgoing.writeHead(status, headers).flushHeaders();
    // A client that goes away ends the stream, and that is all there is to it.
    void pipeline(Readable.fromWeb(body as ReadableStream), outgoing).catch(() => undefined);
  } else {
    await respondEarly(incoming, outgoing, { status, headers, body: redactSecrets(await response.text()) });
  }
}
