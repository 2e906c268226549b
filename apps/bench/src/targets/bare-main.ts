/**
 * The least that a proxy in Node can be: node:http in front, undici's `dispatch` behind, another credential, nothing
 * else. What Keybrake costs is told as a ratio to it. Arguments: own port, upstream's port, credential.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";

const [port, upstreamPort, credential] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256 });

/** Of one connection, not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set(["host", "connection", "keep-alive", "transfer-encoding"]);

function headersOf(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { authorization: `Bearer ${credential}` };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && name !== "authorization" && !HOP_BY_HOP.has(name)) headers[name] = value;
  }
  return headers;
}

function passOn(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart() {},
    onResponseStart(_controller, status, headers) {
      for (const name of HOP_BY_HOP) delete headers[name];
      response.writeHead(status, headers);
    },
    onResponseData(_controller, chunk) {
      response.write(chunk);
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      response.destroy();
    },
  };
}

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 0 ? null : Buffer.concat(chunks);
    const method = request.method === "POST" ? "POST" : "GET";
    pool.dispatch({ method, path: request.url ?? "/", headers: headersOf(request), body }, passOn(response));
  });
}).listen(Number(port), "127.0.0.1");
