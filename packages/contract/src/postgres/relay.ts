import { connect, createServer, type Socket } from "node:net";

/** A way to a server that a test can break: every byte passes through it. */
export interface Relay {
  readonly port: number;
  /**
   * From now on, connections on which `text` is sent to the server break: before it has passed (`request`), or once
   * it has, with the answer held back (`answer`).
   */
  breakAt(text: string, what: "request" | "answer"): void;
  /** Breaks all connections, and every new one, as a network that is down. */
  cut(): void;
  /** Lets everything pass again. */
  mend(): void;
  /** How often it has broken a connection. */
  breaks(): number;
  /** Answers take so long from now on: so what a client sends without waiting for one is told from what it sends after it. */
  slow(answerMs: number): void;
  /** How often a client has sent something after an answer, or as the first thing. */
  roundTrips(): number;
  close(): Promise<void>;
}

/** How long the server has to do what it was told, before it sees that nobody is there to hear of it. */
const ANSWER_MS = 100;

/** What becomes of what passes, from now on. */
interface Weather {
  fault: { readonly text: string; readonly what: "request" | "answer" } | null;
  isCut: boolean;
  answerMs: number;
  breaks: number;
  roundTrips: number;
}

export async function startRelay(serverPort: number): Promise<Relay> {
  const weather: Weather = { fault: null, isCut: false, answerMs: 0, breaks: 0, roundTrips: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => join({ client, serverPort, weather, sockets }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    breakAt: (text, what) => {
      weather.fault = { text, what };
    },
    cut: () => {
      weather.isCut = true;
      destroyAll();
    },
    mend: () => {
      weather.fault = null;
      weather.isCut = false;
    },
    breaks: () => weather.breaks,
    slow: (ms) => {
      weather.answerMs = ms;
    },
    roundTrips: () => weather.roundTrips,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      destroyAll();
      await closed;
    },
  };
}

interface Joined {
  readonly client: Socket;
  readonly serverPort: number;
  readonly weather: Weather;
  readonly sockets: Set<Socket>;
}

/** Joins one client to the server. */
function join({ client, serverPort, weather, sockets }: Joined): void {
  if (weather.isCut) {
    client.on("error", () => {}).destroy();
    return;
  }
  const upstream = connect(serverPort, "127.0.0.1");
  let isMute = false;
  let isAnswered = true;
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
  const answer = (data: Buffer) => {
    isAnswered = true;
    if (!isMute) client.write(data);
  };
  upstream.on("data", (data) => {
    if (weather.answerMs === 0) answer(data);
    else setTimeout(answer, weather.answerMs, data);
  });
  client.on("data", (data) => {
    if (isAnswered) weather.roundTrips++;
    isAnswered = false;
    const { fault } = weather;
    if (fault === null || !data.includes(fault.text)) {
      upstream.write(data);
      return;
    }
    weather.breaks++;
    if (fault.what === "request") return end();
    isMute = true;
    upstream.write(data);
    setTimeout(end, ANSWER_MS);
  });
}
