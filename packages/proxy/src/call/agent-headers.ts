import { redactSecrets } from "@keybrake/core";
import { LIMITS } from "../limits.ts";
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

/** An agent that puts a key into a header must not find it in the audit log. */
function text(headers: Headers, name: (typeof NAMES)[number]): string | null {
  const value = headerOf(headers, name);
  return value === null ? null : redactSecrets(value);
}

/** None of them when one is too long: a row does not hold half of what was said. */
export function readAgentHeaders(headers: Headers): AgentHeaders {
  if (tooLongAgentHeader(headers) !== null) return NONE;
  return {
    runId: text(headers, "x-agent-run-id"),
    agent: text(headers, "x-agent-name"),
    conversationId: text(headers, "x-agent-conversation-id"),
    turn: text(headers, "x-agent-turn"),
    act: text(headers, "x-agent-act"),
    traceparent: text(headers, "traceparent"),
  };
}
