import { LIMITS } from "../limits.ts";
import type { Json } from "../outcome.ts";
import { REFUSALS, type RefusalCode } from "../refusals.ts";
import { isRecord, parseJson } from "../text.ts";
import { type ConnectionFailure, readConnectionFailure } from "./connection-failure.ts";
import type { FetchLike, Runtime } from "./environment.ts";

/** One request, the same in every try. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface Answered {
  readonly kind: "answer";
  readonly status: number;
  readonly replayed: boolean;
  /** Undefined when the answer was not JSON. */
  readonly body: Json | undefined;
  /** True for a page of HTML (or XML): no proxy of ours answers that. */
  readonly page: boolean;
  /** True when an earlier try ended without an answer. */
  readonly maybeReached: boolean;
}

/** How the tries of one request ended. `maybeReached`: some try may have been executed. */
export type SendResult =
  | Answered
  | { readonly kind: "aborted"; readonly maybeReached: boolean }
  | { readonly kind: "timed_out"; readonly maybeReached: boolean }
  | { readonly kind: "unreachable"; readonly maybeReached: boolean; readonly failure: ConnectionFailure };

export interface SendOptions {
  readonly fetch: FetchLike;
  readonly runtime: Runtime;
  /** For all tries together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Tries, the first included. */
  readonly tries: number;
}

/** Full jitter between half and the whole of a doubling pause. */
function pauseMs(attempt: number, random: () => number): number {
  const whole = Math.min(LIMITS.backoffMaxMs, LIMITS.backoffMs * 2 ** (attempt - 1));
  return whole / 2 + (whole / 2) * random();
}

function isFinalRefusal(body: Json | undefined): boolean {
  const error = isRecord(body) ? body.error : null;
  const code = isRecord(error) ? String(error.code) : "";
  return Object.hasOwn(REFUSALS, code) && REFUSALS[code as RefusalCode].final;
}

async function exchange(request: HttpRequest, fetch: FetchLike, signal: AbortSignal) {
  const response = await fetch(request.url, {
    method: request.method,
    headers: { ...request.headers },
    ...(request.body === null ? {} : { body: request.body }),
    signal,
    // A redirect would carry a money call somewhere else, or turn it into a GET.
    redirect: "manual",
  });
  const replayed = response.headers.get("idempotent-replayed") === "true";
  return { status: response.status, replayed, text: await response.text() };
}

/**
 * Sends one request, and again with the same key and the same body after a lost connection, a 409 or a 5xx:
 * at most `tries` times, within `timeoutMs`, with growing pauses. Any other answer is taken as it is, and so is a
 * final refusal of the proxy's (`possible_repeat` is a 409). Never throws; aborting stops it at once.
 */
export async function send(request: HttpRequest, options: SendOptions): Promise<SendResult> {
  const { fetch, runtime, timeoutMs, signal, tries } = options;
  if (signal?.aborted === true) return { kind: "aborted", maybeReached: false };
  const controller = new AbortController();
  let stoppedBy: "aborted" | "timed_out" | undefined;
  let end = (_reason: "aborted" | "timed_out"): void => {};
  // Raced against every wait, because a `fetch` from outside may not heed its signal.
  const stopped = new Promise<never>((_resolve, reject) => {
    end = (reason) => {
      stoppedBy ??= reason;
      controller.abort();
      reject(new Error(reason));
    };
  });
  stopped.catch(() => {});
  const timer = setTimeout(() => end("timed_out"), timeoutMs);
  const onAbort = () => end("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  let maybeReached = false;
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { status, replayed, text } = await Promise.race([
          exchange(request, fetch, controller.signal),
          stopped,
        ]);
        const body = parseJson(text);
        const again = (status === 408 || status === 409 || status >= 500) && !isFinalRefusal(body);
        if (!again || attempt >= tries) {
          const page = text.trimStart().startsWith("<");
          return { kind: "answer", status, replayed, body, page, maybeReached };
        }
        maybeReached ||= status >= 500;
      } catch (error) {
        const failure = readConnectionFailure(error);
        maybeReached ||= failure.certainly === null;
        if (stoppedBy !== undefined) return { kind: stoppedBy, maybeReached };
        if (attempt >= tries) return { kind: "unreachable", maybeReached, failure };
      }
      await Promise.race([runtime.sleep(pauseMs(attempt, runtime.random)), stopped]).catch(() => {});
      if (stoppedBy !== undefined) return { kind: stoppedBy, maybeReached };
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
