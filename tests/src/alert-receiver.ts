import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: any;
}

/** Somebody who is told of alerts: real HTTP on this machine, which answers as it is told. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** The status of the next answers, or what is done instead of one. */
  answer: number | "hang" | { readonly redirectTo: string };
  /** What it was told, once `count` of it is there; the types alone when `count` is not reached in time. */
  until(count: number): Promise<readonly Received[]>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const { url: path = "", headers } = request;
      received.push({ path, headers, text, body: JSON.parse(text) });
      const { answer } = receiver;
      if (answer === "hang") return;
      if (typeof answer === "number") response.writeHead(answer).end("ok");
      else response.writeHead(307, { location: answer.redirectTo }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer: 200,
    async until(count) {
      const deadline = performance.now() + 10_000;
      while (received.length < count && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      if (received.length < count)
        throw new Error(
          `told ${received.length} of ${count}: ${received.map(({ body }) => body.type).join(", ")}`,
        );
      return received;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
