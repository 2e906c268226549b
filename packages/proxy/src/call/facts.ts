import type { CallFacts, VaultKey } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { redactSecrets } from "../vendors/stripe/index.ts";

/** What is known of a request before its body is read, as plain data. */
export interface CallHead {
  readonly method: string;
  /** The raw request target, query included. */
  readonly target: string;
  /** Lower-case names; repeated headers joined as Node joins them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A request as it came in. */
export interface IncomingCall extends CallHead {
  /** Null when it was longer than the limit and was not read to its end. */
  readonly body: string | null;
}

/** Who says they call: recorded, never trusted. */
export interface AgentHeaders {
  readonly runId: string | null;
  readonly agent: string | null;
  readonly conversationId: string | null;
  readonly turn: string | null;
  readonly act: string | null;
  readonly traceparent: string | null;
}

const AGENT_HEADERS = {
  runId: "x-agent-run-id",
  agent: "x-agent-name",
  conversationId: "x-agent-conversation-id",
  turn: "x-agent-turn",
  act: "x-agent-act",
  traceparent: "traceparent",
} as const;

export function headerOf(call: Pick<CallHead, "headers">, name: string): string | null {
  const value = call.headers[name];
  const single = Array.isArray(value) ? value[0] : value;
  return single === undefined || single === "" ? null : single;
}

/** The accounts that a call asks to act for instead of the credential's own; at most one is ever forwarded. */
export function namedAccounts(call: CallHead): readonly string[] {
  const named = [headerOf(call, "stripe-account"), headerOf(call, "stripe-context")];
  return named.filter((account) => account !== null);
}

export const NO_AGENT: AgentHeaders = {
  runId: null,
  agent: null,
  conversationId: null,
  turn: null,
  act: null,
  traceparent: null,
};

/** The agent's headers, or the name of the one that is too long. */
export function readAgentHeaders(call: CallHead): AgentHeaders | { readonly tooLong: string } {
  const read: Record<string, string | null> = {};
  for (const [field, name] of Object.entries(AGENT_HEADERS)) {
    const value = headerOf(call, name);
    if (value !== null && value.length > LIMITS.agentHeaderLength) return { tooLong: name };
    // An agent that puts a key into a header must not find it in the audit log.
    read[field] = value === null ? null : redactSecrets(value);
  }
  return read as unknown as AgentHeaders;
}

/** The row of a call about which nothing but its arrival is known yet. */
export function newFacts(call: {
  readonly callId: string;
  readonly at: number;
  readonly key: VaultKey;
  readonly agent: AgentHeaders;
  readonly method: string;
  readonly path: string;
  readonly operation: string | null;
  readonly idempotencyKey: string | null;
}): CallFacts {
  return {
    callId: call.callId,
    at: call.at,
    vaultKeyId: call.key.id,
    vaultKeyName: call.key.name,
    role: call.key.role,
    runId: call.agent.runId,
    agent: call.agent.agent,
    conversationId: call.agent.conversationId,
    turn: call.agent.turn,
    traceparent: call.agent.traceparent,
    operation: call.operation,
    method: call.method,
    path: redactSecrets(call.path),
    idempotencyKey: call.idempotencyKey === null ? null : redactSecrets(call.idempotencyKey),
    amountMinor: null,
    currency: null,
    usdCents: 0,
  };
}
