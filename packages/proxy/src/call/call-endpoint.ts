import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Environment } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { declaresTooLong, readBody, SlowBody } from "../read-body.ts";
import { type Answer, BODY_LATE, OVERLOADED, refusalAnswer } from "../refusal.ts";
import { respondEarly } from "../respond.ts";
import { createUnauthenticatedLimit } from "../unauthenticated.ts";
import type { CallHead, IncomingCall } from "./facts.ts";
import type { CallHandler } from "./handle-call.ts";
import { createPlaces } from "./places.ts";
import type { Handled } from "./progress.ts";

export interface CallEndpointDependencies {
  readonly calls: CallHandler;
  readonly environment: Environment;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Where calls come in, from sockets and from this process, and how many of them at once. */
export interface CallEndpoint {
  /** Answers one request. `awaitsContinue`: the client sends no body before it is told to. */
  accept(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void;
  /** A call that an MCP tool makes; also while draining, since its request was accepted before. Never rejects. */
  callInProcess(call: IncomingCall, remoteAddress: string): Promise<Answer>;
  /** Takes no more requests; resolves when those that run have ended. */
  drain(): Promise<void>;
}

const STORE_DOWN: Answer = refusalAnswer(
  {
    code: "store_unavailable",
    message:
      "The call could not be written down. Send the same call with the same Idempotency-Key again: it cannot take effect twice.",
  },
  null,
);
const TOO_MANY_BAD_KEYS: Answer = refusalAnswer(
  { code: "rate_limited", message: "Too many requests without a valid vault key. Wait a minute." },
  null,
);
export function createCallEndpoint(dependencies: CallEndpointDependencies): CallEndpoint {
  const { calls, environment, metrics, log } = dependencies;
  const unauthenticated = createUnauthenticatedLimit();
  const places = createPlaces();
  const running = new Set<Promise<unknown>>();
  let draining = false;

  /** `body` is asked for when the key is known, and not before. */
  async function carryOut(head: CallHead, body: () => Promise<string | null>): Promise<Handled> {
    const authentication = await calls.authenticate(head);
    if (!authentication.ok) return authentication.handled;
    const { key } = authentication;
    if (!places.take(key.id)) return calls.refuse(head, key, OVERLOADED);
    try {
      const askedAt = performance.now();
      const call = { ...head, body: await body() };
      if (performance.now() - askedAt < LIMITS.keyFreshMs) return await calls.handle(call, key);
      // The hold would notice a revocation, but look-ups go out before it.
      const again = await calls.authenticate(head);
      return again.ok ? await calls.handle(call, again.key) : again.handled;
    } catch (error) {
      if (error instanceof SlowBody) return await calls.refuse(head, key, BODY_LATE);
      throw error;
    } finally {
      places.release(key.id);
    }
  }

  function note(handled: Handled, startedAt: number): void {
    const milliseconds = performance.now() - startedAt;
    metrics.observe(handled, milliseconds / 1000);
    const { callId, vaultKeyId, operation, decision, code, answer } = handled;
    const line = { call_id: callId, vault_key_id: vaultKeyId, operation, decision, code };
    log.info({ ...line, status: answer.status, ms: Math.round(milliseconds * 10) / 10 }, "call");
  }

  async function answerCall(
    head: CallHead,
    body: () => Promise<string | null>,
    remoteAddress: string,
  ): Promise<Answer> {
    const startedAt = performance.now();
    const handled = await carryOut(head, body);
    note(handled, startedAt);
    const flooding =
      handled.decision === "unauthenticated" && unauthenticated.exceeded(remoteAddress, environment.clock());
    return flooding ? TOO_MANY_BAD_KEYS : handled.answer;
  }

  function storeDown(error: unknown): Answer {
    log.error({ error: error instanceof Error ? error.message : "unknown" }, "call failed");
    return STORE_DOWN;
  }

  async function serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
    const { method = "GET", url: target = "/", headers } = request;
    const body = () => {
      if (awaitsContinue && !declaresTooLong(request)) response.writeContinue();
      return readBody(request);
    };
    const remoteAddress = request.socket.remoteAddress ?? "unknown";
    try {
      const answer = await answerCall({ method, target, headers }, body, remoteAddress);
      await respondEarly(request, response, answer);
    } catch (error) {
      if (!response.destroyed) await respondEarly(request, response, storeDown(error));
    }
  }

  /** Knows what runs, for the metric and the drain. */
  function track<T>(work: Promise<T>): Promise<T> {
    metrics.started();
    const tracked = work.finally(() => {
      running.delete(tracked);
      metrics.finished();
    });
    running.add(tracked);
    return tracked;
  }

  return {
    accept(request, response, awaitsContinue) {
      if (draining || places.full()) {
        response.setHeader("connection", "close");
        void respondEarly(request, response, refusalAnswer(OVERLOADED, null));
        return;
      }
      void track(serve(request, response, awaitsContinue));
    },

    async callInProcess({ body, ...head }, remoteAddress) {
      if (places.full()) return refusalAnswer(OVERLOADED, null);
      return track(answerCall(head, async () => body, remoteAddress).catch(storeDown));
    },

    async drain() {
      draining = true;
      await Promise.all(running);
    },
  };
}
