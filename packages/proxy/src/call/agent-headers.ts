import { LIMITS } from "../limits.ts";
import { type KeysKnown, redactKeys } from "../redact-keys.ts";
import { type Headers, headerOf } from "../vendors/vendor.ts";

/** Who says they call: recorded, never trusted. */
export interface AgentHeaders {
  readonly runId: string | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly turn: string | null;
  readonly act: string | null;
  readonly traceparent: string | null;
}

const NAMES = [
  "x-agent-run-id",
  "x-agent-name",
  "x-agent-conversation-id",
  "x-agent-turn",
  "x-agent-act",
  "traceparent",
] as const;

const NONE: AgentHeaders = {
  runId: null,
  agent: null,
  conversationId: null,
  turn: null,
  act: null,
  traceparent: null,
};

/** The name of the first agent header that is too long; null when all can be kept. */
export function tooLongAgentHeader(headers: Headers): string | null {
  return NAMES.find((name) => (headerOf(headers, name)?.length ?? 0) > LIMITS.agentHeaderLength) ?? null;
}

/** None of them when one is too long: a row does not hold half of what was said. */
export function readAgentHeaders(known: KeysKnown, headers: Headers): AgentHeaders {
  if (tooLongAgentHeader(headers) !== null) return NONE;
  // An agent that puts a key into a header must not find it in the audit log.
  const text = (name: (typeof NAMES)[number]) => {
    const value = headerOf(headers, name);
    return value === null ? null : redactKeys(known, value);
  };
  return {
    runId: text("x-agent-run-id"),
    agent: text("x-agent-name"),
    conversationId: text("x-agent-conversation-id"),
    turn: text("x-agent-turn"),
    act: text("x-agent-act"),
    traceparent: text("traceparent"),
  };
}
