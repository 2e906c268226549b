import { connect, type Socket } from "node:net";
import { createHistogram } from "node:perf_hooks";
import { frameReader } from "./http-frame.ts";
import { requestBytes } from "./request-bytes.ts";
import type { RunFigures, RunPlan } from "./run-plan.ts";

/** `HTTP/1.1 200 OK` → 200. */
function statusOf(head: string): number {
  return Number(head.slice(9, 12));
}

const NS_PER_MS = 1e6;

/** Runs a plan to its end. `onBegin` is called when the measurement begins. */
export function runClosedLoop(plan: RunPlan, onBegin: () => void): Promise<RunFigures> {
  const { port, connections, request, tag, rampMs, extent } = plan;
  const requestsMax = "requests" in extent ? extent.requests : Infinity;
  const bytesOf = requestBytes(request, tag);
  const latency = createHistogram({ figures: 3 });
  const sockets = new Set<Socket>();
  const ended = Promise.withResolvers<RunFigures>();
  let sent = 0;
  let requests = 0;
  let errors = 0;
  let firstError: string | null = null;
  let beganAt = Infinity;
  let open = true;

  const fail = (what: string) => {
    errors += 1;
    firstError ??= what;
  };

  const end = () => {
    if (!open) return;
    open = false;
    const seconds = (performance.now() - beganAt) / 1000;
    const ms = (percentile: number) => latency.percentile(percentile) / NS_PER_MS;
    const figures = { requests, seconds, p50Ms: ms(50), p99Ms: ms(99), p999Ms: ms(99.9), errors, firstError };
    for (const socket of sockets) socket.destroy();
    ended.resolve(figures);
  };

  const drive = (index: number) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    sockets.add(socket);
    let sentAt = 0;
    const send = () => {
      sentAt = performance.now();
      socket.write(bytesOf(request.idempotency === "repeated" ? index : sent++), "latin1");
    };
    socket.on("connect", send);
    socket.on(
      "data",
      frameReader((head) => {
        const now = performance.now();
        if (statusOf(head) !== request.status) fail(head.slice(0, head.indexOf("\r\n")));
        // What was sent before the measurement began is part of the ramp.
        if (sentAt >= beganAt) {
          requests += 1;
          latency.record(Math.max(1, Math.round((now - sentAt) * NS_PER_MS)));
          if (requests >= requestsMax) end();
        }
        if (open) send();
      }),
    );
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => {
      sockets.delete(socket);
      if (open) setTimeout(drive, RECONNECT_MS, index);
    });
  };

  for (let index = 0; index < connections; index += 1) drive(index);
  setTimeout(() => {
    beganAt = performance.now();
    onBegin();
    if ("ms" in extent) setTimeout(end, extent.ms);
  }, rampMs);
  return ended.promise;
}

/** A server that closes its connections must not make the generator spin. */
const RECONNECT_MS = 5;
