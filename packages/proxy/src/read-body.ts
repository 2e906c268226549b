import type { IncomingMessage } from "node:http";
import { LIMITS } from "./limits.ts";

/** The body did not arrive within `LIMITS.bodyMs`. */
export class SlowBody extends Error {
  constructor() {
    super("the body did not arrive in time");
    this.name = "SlowBody";
  }
}

/** Whether the headers alone say that the body is longer than the limit. */
export function declaresTooLong(request: IncomingMessage): boolean {
  return Number(request.headers["content-length"] ?? 0) > LIMITS.bodyBytes;
}

/**
 * The whole body; null when it is longer than the limit, and then the rest of it is still to come. Rejects with
 * `SlowBody` when it takes too long, and with another error when the client goes away meanwhile.
 */
export function readBody(request: IncomingMessage): Promise<string | null> {
  if (declaresTooLong(request)) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = () => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      request.pause();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LIMITS.bodyBytes) {
        stop();
        resolve(null);
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      resolve(Buffer.concat(chunks).toString("utf8"));
    };
    const onGone = () => {
      stop();
      reject(new Error("client went away"));
    };
    const onLate = () => {
      stop();
      reject(new SlowBody());
    };
    const timer = setTimeout(onLate, LIMITS.bodyMs);
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
    // Gone before anybody listened: none of these events will come.
    if (request.destroyed) onGone();
  });
}
