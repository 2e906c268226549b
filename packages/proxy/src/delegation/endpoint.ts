import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallDependencies } from "../call/call.ts";
import type { Metrics } from "../metrics.ts";
import { readBody } from "../read-body.ts";
import { type Answer, errorAnswer } from "../refusal.ts";
import { respondEarly } from "../respond.ts";

/** Where a key with `may_delegate` makes keys for its workers, and ends them. */
export const DELEGATION_PATH = "/vault-keys";

export interface DelegationDependencies {
  readonly way: CallDependencies;
  readonly metrics: Metrics;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const STORE_DOWN = errorAnswer(
  { code: "store_unavailable", reason: "The key could not be written down." },
  null,
);

/** On Node's server. What judges the requests is loaded by the first one, as the admin API is: it costs start-up time. */
export function createDelegationEndpoint({ way, metrics }: DelegationDependencies): Handle {
  return async (request, response) => {
    response.once("close", () => metrics.administered(response.statusCode));
    let answer: Answer;
    try {
      const { delegate } = await import("./delegate.ts");
      answer = await delegate(way, request, () => readBody(request));
    } catch {
      answer = STORE_DOWN;
    }
    await respondEarly(request, response, answer);
  };
}
