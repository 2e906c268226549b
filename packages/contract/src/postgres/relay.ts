import { connect, createServer, type Socket } from "node:net";

/** A way to a server that a test can break: every byte passes through it. */
export interface Relay {
  readonly port: number;
  /**
   * From now on, connections on which `text` is sent to the server break: before it has passed (`request`), or once
   * it has, with the answer held back (`answer`).
   */
  breakAt(text: string, what: "request" | "answer"): void;
  /** Lets everything pass again. */
  mend(): void;
  /** How often it has broken a connection. */
  breaks(): number;
  close(): Promise<void>;
}

/** How long the server has to do what it was told, before it sees that nobody is there to hear of it. */
const ANSWER_MS = 100;

export async function startRelay(serverPort: number): Promise<Relay> {
  let fault: { readonly text: string; readonly what: "request" | "answer" } | null = null;
  let breaks = 0;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    let isMute = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    upstream.on("data", (data) => {
      if (!isMute) client.write(data);
    });
    client.on("data", (data) => {
      if (fault === null || !data.includes(fault.text)) {
        upstream.write(data);
        return;
      }
      breaks++;
      if (fault.what === "request") return end();
      isMute = true;
      upstream.write(data);
      setTimeout(end, ANSWER_MS);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    breakAt: (text, what) => {
      fault = { text, what };
    },
    mend: () => {
      fault = null;
    },
    breaks: () => breaks,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
