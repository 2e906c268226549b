import type { CallFacts, Ledger, VaultKey } from "@keybrake/ledger";
import type { Environment } from "../environment.ts";
import type { Policy } from "../policy.ts";
import type { Answer } from "../refusal.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { CredentialMode } from "../vault-key.ts";
import type { Operation, PricePlan, Rates } from "../vendors/stripe/index.ts";
import type { DecodedCall } from "./decode.ts";
import type { AgentHeaders, IncomingCall } from "./facts.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** What the way of a call needs from outside. */
export interface CallDependencies {
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  /** Of the real key. */
  readonly mode: CredentialMode;
  /** The real key. A function, so that it is nowhere in an object that somebody prints. */
  readonly credential: () => string;
  readonly rates: Rates;
  readonly environment: Environment;
  readonly waitingRoom: WaitingRoom;
}

/** An authenticated call whose operation and parameters are known. */
export interface Progress {
  readonly call: IncomingCall;
  readonly key: VaultKey;
  readonly policy: Policy;
  readonly agent: AgentHeaders;
  readonly operation: Operation;
  readonly path: string;
  readonly pathParams: readonly string[];
  readonly decoded: DecodedCall;
  readonly plan: PricePlan;
  readonly facts: CallFacts;
}

/** A finished call: its answer, and what metrics and the log say about it. */
export interface Handled {
  readonly answer: Answer;
  readonly callId: string | null;
  readonly operation: string | null;
  readonly vaultKeyId: string | null;
  readonly decision: "allowed" | "denied" | "replayed" | "unauthenticated";
  readonly code: string | null;
}

export function handled(
  facts: CallFacts,
  answer: Answer,
  decision: Handled["decision"],
  code: string | null,
): Handled {
  return {
    answer,
    callId: facts.callId,
    operation: facts.operation,
    vaultKeyId: facts.vaultKeyId,
    decision,
    code,
  };
}
