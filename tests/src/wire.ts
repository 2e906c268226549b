import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect } from "vitest";

export const FORM = "content-type: application/x-www-form-urlencoded";
export const BODY = "amount=100&currency=usd&source=tok_visa";
export const UNKNOWN_KEY = `vk_test_${"x".repeat(43)}`;
/** Far more than any answer needs, on a busy machine too: the end of waiting for one that does not come. */
export const PROMPT_MS = 15_000;

export const bearer = (vaultKey: string) => `authorization: Bearer ${vaultKey}`;
export const head = (start: string, ...headers: string[]) =>
  `${[`${start} HTTP/1.1`, "host: 127.0.0.1", ...headers].join("\r\n")}\r\n\r\n`;
let sequence = 0;
export const post = (...headers: string[]) =>
  head("POST /v1/charges", FORM, `idempotency-key: slow-${sequence++}`, ...headers);
export const statuses = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));

/** A connection that says exactly what it is told, as slowly as it likes. */
export interface Wire {
  readonly socket: Socket;
  readonly send: (text: string) => void;
  readonly received: () => string;
  readonly ended: () => boolean;
}

export async function openWire(port: number): Promise<Wire> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  let ended = false;
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    ended = true;
  });
  socket.on("close", () => {
    ended = true;
  });
  await once(socket, "connect");
  const send = (text: string) => void (socket.writable && socket.write(text));
  return { socket, send, received: () => answer, ended: () => ended };
}

/** Waits for answers with these status codes, in this order. */
export async function answered(wire: Wire, expected: readonly number[], timeout = PROMPT_MS): Promise<void> {
  await expect.poll(() => statuses(wire.received()), { timeout, interval: 10 }).toEqual(expected);
}

/** Waits until the server has ended the connection. */
export async function over(wire: Wire, timeout = PROMPT_MS): Promise<void> {
  await expect.poll(wire.ended, { timeout, interval: 10 }).toBe(true);
}
