import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { STATUS_CODES } from "./node-http.ts";
import { closeAfter, endWith } from "./respond.ts";

/** The connections on which an answer is due, or on its way. */
export interface Connections {
  /** Counts a request until its answer is out of this process. */
  enter(response: ServerResponse): void;
  /** Each connection ends with the last answer that is due on it now; those without any are left as they are. */
  closeEach(): void;
  /** Resolves when nothing is due on any of them. */
  quiet(): Promise<void>;
}

/** Node's own choice, for what is no request. */
const UNREADABLE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Watches a server's connections. What cannot be read (a body longer than its Content-Length) is refused as Node
 * does, but never in the place of the answer to a call that came before: that one may have moved money.
 */
export function watchConnections(server: Server): Connections {
  /** Their answers are given in this order. */
  const due = new Map<Socket, Set<ServerResponse>>();
  let whenQuiet = () => {};

  function forget(socket: Socket): void {
    due.delete(socket);
    if (due.size === 0) whenQuiet();
  }

  // An answer that waits behind another on a connection that is cut off never closes.
  server.on("connection", (socket) => socket.once("close", () => forget(socket)));

  server.on("clientError", (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    if (socket.destroyed) return;
    const [first, ...others] = due.get(socket) ?? [];
    const last = others.at(-1) ?? first;
    if (last?.req.complete) {
      endWith(last);
      return;
    }
    const status = UNREADABLE[error.code ?? ""] ?? 400;
    if (others.length === 0 && first?.headersSent !== true)
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    socket.destroy();
  });

  return {
    enter(response) {
      const { socket } = response.req;
      if (socket.destroyed) return;
      const answers = due.get(socket) ?? new Set();
      due.set(socket, answers.add(response));
      response.once("close", () => {
        answers.delete(response);
        if (answers.size === 0) forget(socket);
      });
    },
    closeEach() {
      for (const answers of due.values()) {
        const last = [...answers].at(-1);
        if (last !== undefined) closeAfter(last);
      }
    },
    quiet: () =>
      new Promise((resolve) => {
        whenQuiet = resolve;
        if (due.size === 0) resolve();
      }),
  };
}
