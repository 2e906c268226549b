import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { StandIn } from "../vendor-under-test.ts";

interface Label {
  readonly id: string;
  readonly charged_minor: unknown;
  readonly tags: Readonly<Record<string, string | null>>;
}

/** Parcel's stand-in: it prints a label for each request, and remembers no key. */
export async function startParcelServer(credential: string): Promise<StandIn> {
  const labels: Label[] = [];
  const server = createServer((request, response) => {
    void serve(labels, credential, request).then(({ status, body }) => send(response, status, body));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    executed: async () => labels.map(({ tags }) => tags["kb-key"] ?? null),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const failure = (status: number, reason: string): Reply => ({ status, body: { errors: [{ reason }] } });

async function serve(labels: Label[], credential: string, request: IncomingMessage): Promise<Reply> {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (request.headers["api-key"] !== credential) return failure(401, "bad_key");
  if (request.url !== "/labels") return failure(404, "no_such_page");
  if (request.method === "GET") return { status: 200, body: { labels } };
  const fields = JSON.parse(text) as { to: string; cost_minor: unknown; tags: Label["tags"] };
  if (fields.to === "nowhere") return failure(422, "no_such_address");
  const label = { id: `label_${labels.length + 1}`, charged_minor: fields.cost_minor, tags: fields.tags };
  labels.push(label);
  return { status: 200, body: label };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
