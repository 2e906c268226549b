import { LIMITS } from "../limits.ts";
import { headerText } from "../text.ts";

/** What the headers of a call say. */
export interface CallHeaders {
  readonly vaultKeySecret: string;
  readonly runId: string;
  readonly agent: string | undefined;
  readonly conversationId: string | undefined;
  readonly turn: string | number | undefined;
  /** Null for reads, which have no body either. */
  readonly idempotencyKey: string | null;
}

/** A header about a single call: cut to what the proxy takes rather than refused. */
function about(name: string, text: string | number | undefined): Record<string, string> {
  return text === undefined ? {} : { [name]: headerText(String(text)).slice(0, LIMITS.agentTextLength) };
}

/** The headers of a call to the proxy. The `x-agent-…` ones stand in its audit log. */
export function callHeaders(call: CallHeaders): Record<string, string> {
  const { vaultKeySecret, runId, idempotencyKey } = call;
  return {
    authorization: `Bearer ${vaultKeySecret}`,
    accept: "application/json",
    "x-agent-run-id": headerText(runId),
    ...about("x-agent-name", call.agent),
    ...about("x-agent-conversation-id", call.conversationId),
    ...about("x-agent-turn", call.turn),
    ...(idempotencyKey === null
      ? {}
      : { "idempotency-key": idempotencyKey, "content-type": "application/x-www-form-urlencoded" }),
  };
}
