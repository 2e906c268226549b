import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export const VAULT_KEY = `vk_test_${"Ab3-_".repeat(8)}xyz`;

interface Charge {
  readonly id: string;
  readonly amount: number;
}

export interface FakeProxy {
  readonly url: string;
  readonly requests: { path: string; body: string; headers: IncomingMessage["headers"] }[];
  /** What was really charged: one per Idempotency-Key. */
  readonly charges: Charge[];
  /** The next answers are lost after the charge was made. */
  loseAnswers(count: number): void;
  /** Every request is refused from now on. */
  refuse(status: number, code: string, message: string): void;
  /** Called when a request arrives; the answer then never comes. */
  onRequest(listener: () => void): void;
  reset(): void;
  close(): Promise<void>;
}

/** Just enough of the proxy for an agent loop: charges by Idempotency-Key, a list, refusals, lost answers. */
export async function startFakeProxy(): Promise<FakeProxy> {
  const requests: FakeProxy["requests"] = [];
  const charges: Charge[] = [];
  const byKey = new Map<string, Charge>();
  let lose = 0;
  let refusal: { status: number; code: string; message: string } | undefined;
  let listener: (() => void) | undefined;

  function charge(key: string, body: string): { charge: Charge; replayed: boolean } {
    const existing = byKey.get(key);
    if (existing !== undefined) return { charge: existing, replayed: true };
    const params = new URLSearchParams(body);
    const metadata: Record<string, string> = {};
    for (const [name, value] of params) {
      const field = /^metadata\[(.+)\]$/.exec(name)?.[1];
      if (field !== undefined) metadata[field] = value;
    }
    const made = {
      id: `ch_${charges.length + 1}`,
      object: "charge",
      amount: Number(params.get("amount")),
      currency: params.get("currency"),
      customer: params.get("customer"),
      metadata,
      status: "succeeded",
    };
    byKey.set(key, made);
    charges.push(made);
    return { charge: made, replayed: false };
  }

  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const [path = ""] = (incoming.url ?? "").split("?");
    requests.push({ path, body, headers: incoming.headers });
    const answer = (status: number, value: unknown, headers = {}) => {
      outgoing.writeHead(status, { "content-type": "application/json", ...headers });
      outgoing.end(JSON.stringify(value));
    };
    if (listener !== undefined) {
      listener();
      return;
    }
    if (refusal !== undefined) {
      const { status, code, message } = refusal;
      answer(status, { error: { type: "invalid_request_error", code, message, keybrake: {} } });
    } else if (incoming.method === "GET") {
      answer(200, { object: "list", data: [...charges].reverse(), has_more: false });
    } else {
      const made = charge(String(incoming.headers["idempotency-key"]), body);
      if (lose > 0) {
        lose -= 1;
        incoming.socket.destroy();
      } else answer(200, made.charge, made.replayed ? { "idempotent-replayed": "true" } : {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    charges,
    loseAnswers: (count) => {
      lose = count;
    },
    refuse: (status, code, message) => {
      refusal = { status, code, message };
    },
    onRequest: (called) => {
      listener = called;
    },
    reset: () => {
      requests.length = 0;
      charges.length = 0;
      byKey.clear();
      lose = 0;
      refusal = undefined;
      listener = undefined;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
