import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { accountAt } from "../accounts.ts";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { declaresTooLong, readBody } from "../read-body.ts";
import { type Answer, OVERLOADED, type Refusal } from "../refusal.ts";
import { respondEarly } from "../respond.ts";
import type { Arrived, CallDependencies, Delivery, Handled } from "./call.ts";
import { carryOut } from "./way.ts";

export interface CallEndpointDependencies {
  readonly way: CallDependencies;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A call that is made in this process, with its body at hand. */
export interface InProcessCall extends Omit<Arrived, "readBody"> {
  readonly body: string;
}

/** Where calls come in, from sockets and from this process, and how many of them at once. */
export interface CallEndpoint {
  /** Answers one request. `awaitsContinue`: the client sends no body before it is told to. */
  accept(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void;
  /** A call that an MCP tool makes; also while draining, since its request was accepted before. Never rejects. */
  callInProcess(call: InProcessCall): Promise<Answer>;
  /** Takes no more requests; resolves when those that run have ended. */
  drain(): Promise<void>;
}

const STORE_DOWN: Refusal = {
  code: "store_unavailable",
  reason: "The call could not be written down.",
};

/** The calls that run, for the metric and the drain. */
interface Running {
  readonly calls: Set<Promise<unknown>>;
  draining: boolean;
}

export function createCallEndpoint(dependencies: CallEndpointDependencies): CallEndpoint {
  const { way, metrics } = dependencies;
  const running: Running = { calls: new Set(), draining: false };
  return {
    accept(request, response, awaitsContinue) {
      if (running.draining || way.places.full()) {
        response.setHeader("connection", "close");
        void respondEarly(request, response, refuse(way, request.url ?? "/", OVERLOADED));
        return;
      }
      void track(running, metrics, serve(dependencies, request, response, awaitsContinue));
    },

    async callInProcess({ body, ...head }) {
      if (way.places.full()) return refuse(way, head.target, OVERLOADED);
      const work = handle(dependencies, { ...head, readBody: async () => body });
      return track(
        running,
        metrics,
        work.then(handedOver).catch((error: unknown) => failed(dependencies, head.target, error)),
      );
    },

    async drain() {
      running.draining = true;
      await Promise.all(running.calls);
    },
  };
}

function track<T>({ calls }: Running, metrics: Metrics, work: Promise<T>): Promise<T> {
  metrics.started();
  const tracked = work.finally(() => {
    calls.delete(tracked);
    metrics.finished();
  });
  calls.add(tracked);
  return tracked;
}

/** A refusal without a row: there is no room for the call, or no store. */
function refuse({ accounts }: CallDependencies, target: string, refusal: Refusal): Answer {
  return accountAt(accounts, target).vendor.refusalAnswer(refusal, { callId: null, retry: false });
}

async function serve(
  dependencies: CallEndpointDependencies,
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Promise<void> {
  const { method = "GET", url: target = "/", headers, socket } = request;
  const remoteAddress = socket.remoteAddress ?? "unknown";
  const readOnce = () => {
    if (awaitsContinue && !declaresTooLong(request)) response.writeContinue();
    return readBody(request);
  };
  const arrived = { method, target, headers, remoteAddress, readBody: readOnce };
  try {
    const { answer, delivers } = await handle(dependencies, arrived);
    if (delivers !== undefined) void noteDelivery(dependencies, response, delivers);
    await respondEarly(request, response, answer);
  } catch (error) {
    if (!response.destroyed) await respondEarly(request, response, failed(dependencies, target, error));
  }
}

/** Who called in this process has the answer, and what becomes of it is not known here. */
function handedOver({ answer, delivers }: Handled): Answer {
  delivers?.known();
  return answer;
}

/**
 * Whether the answer has left by a connection that was open to its end. The call is over without it: lost in a crash, the
 * note makes a reworded repeat get the first answer once more, and never a second execution. Never rejects.
 */
async function noteDelivery(
  { way, log }: CallEndpointDependencies,
  response: ServerResponse,
  { callId, known }: Delivery,
): Promise<void> {
  try {
    if (await leaves(response)) await way.ledger.noteDelivery(callId);
  } catch (error) {
    log.warn({ callId, error: error instanceof Error ? error.message : "unknown" }, "delivery not noted");
  } finally {
    known();
  }
}

/** Resolves when the answer is out, or its connection is gone; bounded, for who reads too slowly to be waited for. */
function leaves(response: ServerResponse): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), LIMITS.deliveryMs);
  response.once("finish", () => resolve(true)).once("close", () => resolve(false));
  return promise.finally(() => clearTimeout(timer));
}

async function handle(dependencies: CallEndpointDependencies, call: Arrived): Promise<Handled> {
  const startedAt = performance.now();
  const handled = await carryOut(dependencies.way, call);
  note(dependencies, handled, call.method, performance.now() - startedAt);
  return handled;
}

function failed({ way, log }: CallEndpointDependencies, target: string, error: unknown): Answer {
  log.error({ error: error instanceof Error ? error.message : "unknown" }, "call failed");
  return refuse(way, target, STORE_DOWN);
}

function note(
  { metrics, log }: CallEndpointDependencies,
  handled: Handled,
  method: string,
  milliseconds: number,
): void {
  metrics.observe(handled, method, milliseconds / 1000);
  const { callId, vaultKeyId, operation, runId, agent, usdMicros, decision, code, answer } = handled;
  const caller = { call_id: callId, vault_key_id: vaultKeyId, run_id: runId, agent };
  const line = { ...caller, operation, usd_micros: usdMicros, decision, code };
  log.info({ ...line, status: answer.status, ms: Math.round(milliseconds * 10) / 10 }, "call");
}
