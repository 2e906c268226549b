import { Agent, type Dispatcher } from "undici";
import { LIMITS } from "../limits.ts";
import type { Upstream, UpstreamRequest, UpstreamResult } from "./upstream.ts";

function timedOut(): Error {
  return Object.assign(new Error("took too long"), { code: "TIMEOUT" });
}

/** A failure's code (`ECONNREFUSED`) or name: never its message, which could quote a header. */
function reasonOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === "string" ? code : error.name;
}

/**
 * Collects one answer, within one time for everything: waiting for a socket, sending, and an answer that may
 * trickle in. undici's handler interface is the fastest way through it (facts: 1.2 × `request`).
 */
class AnswerCollector implements Dispatcher.DispatchHandler {
  #sent = false;
  #isOver = false;
  #controller: Dispatcher.DispatchController | undefined;
  readonly #timer: NodeJS.Timeout;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  readonly #done: (result: UpstreamResult) => void;

  constructor(done: (result: UpstreamResult) => void, timeoutMs: number) {
    this.#done = done;
    this.#timer = setTimeout(() => {
      this.#finish(this.#failure("TIMEOUT"));
      this.#controller?.abort(timedOut());
    }, timeoutMs);
  }

  #finish(result: UpstreamResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#done(result);
  }

  #failure(reason: string): UpstreamResult {
    return { kind: this.#sent ? "unknown" : "not_sent", reason };
  }

  /** Called when a socket is there and the request is about to be written to it. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a socket, and said not to be sent: so it must not be.
    if (this.#isOver) {
      controller.abort(timedOut());
      return;
    }
    this.#sent = true;
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status;
    // Called for informational answers (103) too: the last one counts, and it alone.
    this.#headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined)
        this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > LIMITS.upstreamBodyBytes) {
      controller.abort(Object.assign(new Error("answer too large"), { code: "ANSWER_TOO_LARGE" }));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString("utf8");
    this.#finish({ kind: "answer", status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#finish(this.#failure(reasonOf(error)));
  }
}

export interface UndiciUpstreamOptions {
  /** For one request as a whole, from `send` to its last byte; `LIMITS.upstreamTimeoutMs` unless told. */
  readonly timeoutMs?: number;
  /** Sockets at most; `LIMITS.upstreamConnections` unless told. */
  readonly connections?: number;
}

/**
 * The vendor over HTTP(S), through pooled connections. `origin` is fixed: no request can choose another
 * host. Nothing is retried here: only the caller knows whether sending again is safe.
 */
export function createUndiciUpstream(origin: string, options: UndiciUpstreamOptions = {}): Upstream {
  const { timeoutMs = LIMITS.upstreamTimeoutMs, connections = LIMITS.upstreamConnections } = options;
  const agent = new Agent({
    connections,
    // Over HTTP/2 undici sends a refused stream again by itself (RFC 9113 section 8.7), and nobody could count it.
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: LIMITS.upstreamConnectTimeoutMs },
  });
  return {
    send: (request: UpstreamRequest) =>
      new Promise<UpstreamResult>((resolve) => {
        const dispatched = {
          origin,
          method: request.method as Dispatcher.HttpMethod,
          path: request.path,
          headers: request.headers,
          body: request.body,
        };
        agent.dispatch(dispatched, new AnswerCollector(resolve, timeoutMs - (request.waitedMs ?? 0)));
      }),
    close: () => agent.destroy(),
  };
}
