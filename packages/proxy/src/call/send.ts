import type { UpstreamResult } from "../upstream/upstream.ts";
import {
  actDigest,
  type Operation,
  type Params,
  resolveOperation,
  simulateAnswer,
} from "../vendors/stripe/index.ts";
import { type Content, passedHeaders } from "./first-request.ts";
import { lookupRequest, sendSafely, upstreamRequest } from "./forward.ts";
import type { CallDependencies, Progress } from "./progress.ts";

/** The two ways of asking Stripe for a call: to carry it out, and to look something up for it. */
export interface Sender {
  send(progress: Progress, content: Content, idempotencyKey: string | null): Promise<UpstreamResult>;
  lookup(progress: Progress, path: string): Promise<UpstreamResult>;
}

export function createSender({ upstream, credential }: CallDependencies): Sender {
  return {
    async send(progress, content, idempotencyKey) {
      const { operation, path, pathParams, decoded } = progress;
      if (progress.key.simulate) return simulate(progress, operation, path, pathParams, decoded.params);
      const target = { method: operation.method, path, query: decoded.query };
      return sendSafely(upstream, upstreamRequest(target, content, credential(), idempotencyKey));
    },
    async lookup(progress, path) {
      if (!progress.key.simulate)
        return sendSafely(upstream, lookupRequest(path, passedHeaders(progress.call), credential()));
      const resolved = resolveOperation("GET", path);
      if (!resolved.ok) return { kind: "not_sent", reason: resolved.reason };
      return simulate(progress, resolved.operation, resolved.path, resolved.pathParams, {});
    },
  };
}

/** A simulate key's answer: made here, in Stripe's shapes; the upstream is never called. */
function simulate(
  progress: Progress,
  operation: Operation,
  path: string,
  pathParams: readonly string[],
  params: Params,
): UpstreamResult {
  const { callId, at } = progress.facts;
  const act = actDigest(operation.name, path, params, progress.agent.act);
  const { status, body } = simulateAnswer({ operation, params, path, pathParams, act, at });
  const headers = { "content-type": "application/json", "request-id": callId };
  return { kind: "answer", status, headers, body: JSON.stringify(body) };
}
