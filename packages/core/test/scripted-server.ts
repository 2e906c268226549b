import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { clientInstruction } from "../src/codes.ts";
import type { RefusalCode } from "../src/refusals.ts";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** `drop` cuts the connection after the request was read; `hang` never answers. */
export type Reply =
  | { status?: number; body: unknown; headers?: Record<string, string> }
  | { status: number; text: string; headers?: Record<string, string> }
  | "drop"
  | "hang";

export interface ScriptedServer {
  readonly url: string;
  /** Every request that arrived, in order. */
  readonly requests: SeenRequest[];
  /** Answers one after another; the last one goes on answering. */
  answer(...replies: (Reply | ((request: SeenRequest) => Reply | Promise<Reply>))[]): void;
  close(): Promise<void>;
}

/** A real HTTP server on a free port that answers what the test says. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  let script: (Reply | ((request: SeenRequest) => Reply | Promise<Reply>))[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request: SeenRequest = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
    };
    requests.push(request);
    const next = script.length > 1 ? script.shift() : script[0];
    const reply = typeof next === "function" ? await next(request) : (next ?? "drop");
    if (reply === "hang") return;
    if (reply === "drop") {
      outgoing.socket?.destroy();
      return;
    }
    const text = "text" in reply ? reply.text : JSON.stringify(reply.body);
    outgoing.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    outgoing.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (...replies) => {
      script = replies;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A port on which certainly nothing listens. */
export async function closedPortUrl(): Promise<string> {
  const server = await startScriptedServer();
  await server.close();
  return server.url;
}

let sequence = 0;

/** A charge as Stripe answers it, with more fields than a model needs. */
export function stripeCharge(fields: Record<string, unknown> = {}): Record<string, unknown> {
  sequence += 1;
  return {
    id: `ch_test${sequence}`,
    object: "charge",
    amount: 2900,
    amount_captured: 2900,
    amount_refunded: 0,
    balance_transaction: "txn_1",
    captured: true,
    created: 1_780_000_000,
    currency: "usd",
    customer: "cus_1",
    description: null,
    metadata: {},
    paid: true,
    payment_method_details: { card: { last4: "4242" } },
    refunded: false,
    status: "succeeded",
    ...fields,
  };
}

/** A payment intent that nobody has paid, as Stripe answers it. */
export function stripeIntent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  sequence += 1;
  return {
    id: `pi_test${sequence}`,
    object: "payment_intent",
    amount: 2900,
    amount_received: 0,
    client_secret: `pi_test${sequence}_secret_of_its_payer`,
    created: 1_780_000_000,
    currency: "usd",
    customer: "cus_1",
    description: null,
    latest_charge: null,
    metadata: {},
    status: "requires_payment_method",
    ...fields,
  };
}

/** A refusal as the proxy answers it. */
export function refusalReply(status: number, code: RefusalCode, reason = "A refusal."): Reply {
  const message = `${reason} ${clientInstruction(code)}`;
  const keybrake = { call_id: "call_1", reason };
  const error = { type: "invalid_request_error", code, message, keybrake };
  return { status, body: { error }, headers: { "stripe-should-retry": "false" } };
}

/** An error as Stripe answers it. */
export function stripeErrorReply(status: number, error: Record<string, unknown>): Reply {
  return { status, body: { error: { type: "invalid_request_error", message: "An error.", ...error } } };
}

/** A vault key of the real form. */
export const VAULT_KEY = `vk_test_${"Ab3-_".repeat(8)}xyz`;

/** No waiting between tries. */
export const NO_WAIT = { sleep: async () => {}, random: () => 0.5 };
