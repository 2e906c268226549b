import type { RefusalCode } from "@keybrake/core";
/**
 * One call, as the steps of its way make it: each stage has all of the one before, and more. What a step needs to
 * know stands in its argument's type; what a refused call was asked for is read from as much of it as there is.
 */
import type { ApprovalRequest, CallFacts, ClaimRequest, Ledger, VaultKey } from "@keybrake/ledger";
import type { Account, Accounts } from "../accounts.ts";
import type { Environment } from "../environment.ts";
import type { Policy } from "../policy.ts";
import type { Rates } from "../rates.ts";
import type { Answer, Refusal } from "../refusal.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { UnauthenticatedLimit } from "../unauthenticated.ts";
import type {
  Amount,
  Headers,
  Operation,
  PricePlan,
  UpstreamAnswer,
  VendorRequest,
  Verdict,
} from "../vendors/vendor.ts";
import type { AgentHeaders } from "./agent-headers.ts";
import type { DeclinedKeys } from "./declined-keys.ts";
import type { Content } from "./first-request.ts";
import type { ObjectLocks, Release } from "./object-locks.ts";
import type { Places } from "./places.ts";
import type { SharedRows } from "./shared-rows.ts";
import type { Shares } from "./shares.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** What the way of a call needs from outside. */
export interface CallDependencies {
  readonly ledger: Ledger<Policy>;
  readonly accounts: Accounts;
  readonly rates: Rates;
  readonly environment: Environment;
  readonly waitingRoom: WaitingRoom;
  readonly declinedKeys: DeclinedKeys;
  readonly places: Places;
  readonly objectLocks: ObjectLocks;
  readonly shares: Shares;
  readonly sharedRows: SharedRows;
  /** Counts a look-up that goes out. */
  readonly lookedUp: () => void;
  /** Tells whoever listens that a person is asked; waits for nothing. */
  readonly asked: (approvalId: string) => void;
  readonly unauthenticated: UnauthenticatedLimit;
  /** Null: nobody collects traces. */
  readonly telemetry: Telemetry | null;
}

/** What a request asks for, as far as it can be read. */
export interface Asked {
  readonly agent: AgentHeaders;
  /** Fit to be shown. */
  readonly path: string;
  readonly operation: Operation | null;
  readonly request: VendorRequest | null;
  readonly plan: PricePlan | null;
  /** The Idempotency-Key as the caller chose to send it: in the header or among the parameters. */
  readonly callerKey: string | null;
  /** Why there is no operation, or no request. */
  readonly refusal: Refusal | null;
}

/** Under which name a write executes once, and under which name the vendor hears of it. */
export interface Claim extends Omit<ClaimRequest, "body"> {
  /** A claim that has ended for longer than this has lapsed (`AdmitRequest.claimLapsedBefore`). */
  readonly lapsesAfterMs: number;
  /** What the row shows as Idempotency-Key when the caller sent none: one for all that say the same act. */
  readonly shownKey: string | null;
}

/** What a call takes from its budgets, and what it moves. */
export interface Cost extends Amount {
  /** Charged to the budgets: what it moves, less what was counted for the same object before. */
  readonly usdMicros: number;
  /** What the call moves or commits, counted before or not: per-call limits look at this. */
  readonly movedMicros: number;
  /** The object whose total it sets, when what was counted for that is taken off. */
  readonly objectId: string | null;
  /** Fixed in the forwarded request, so that what is counted is what moves. */
  readonly inject: Readonly<Record<string, unknown>> | null;
}

/** A request whose headers are there. */
export interface Arrived {
  readonly method: string;
  /** The raw request target, query included. */
  readonly target: string;
  readonly headers: Headers;
  readonly remoteAddress: string;
  /** Asked for once, when the key is known. Null when it is longer than the limit. Rejects with `SlowBody`. */
  readonly readBody: () => Promise<string | null>;
}

/** Its vault key is known, whether it may still be used or not. */
export interface Authenticated extends Arrived {
  readonly key: VaultKey<Policy>;
  /** The one that the key belongs to. */
  readonly account: Account;
}

/** It has one of its key's places, until it ends. */
export interface Read extends Authenticated {
  readonly body: string;
  /** Milliseconds since the Unix epoch at which all of it was there: the moment of the call. */
  readonly at: number;
  readonly callId: string;
  /** Whose money or data it is about, when a look-up has said so. */
  readonly customer?: string;
  /** What it would have been refused with, but that its key only observes. */
  readonly would?: RefusalCode;
}

export interface Resolved extends Read {
  readonly asked: Asked;
  readonly operation: Operation;
  readonly request: VendorRequest;
  readonly agent: AgentHeaders;
  /** The Idempotency-Key that the caller sent, in the header or among the parameters. */
  readonly callerKey: string | null;
  /** Its price as far as the request alone says it. */
  readonly plan: PricePlan;
}

/** Authorised, and given its identity. */
export interface Identified extends Resolved {
  /** Under which name it executes once; null for reads. */
  readonly claim: Claim | null;
}

/** No other call of this process is about its objects until it ends. */
export interface Locked extends Identified {
  readonly release: Release;
}

export interface Priced extends Locked {
  /** Null when the claim was found taken, by what is not to be sent again: a known act has its price. */
  readonly cost: Cost | null;
  /** The call that was found to have the claim; null when there is none. */
  readonly repeats: string | null;
  /** What a person may have to be asked; absent where the policy asks nobody. */
  readonly approval?: ApprovalRequest;
}

/** Its row is durable, and its hold, unless it is a read that has neither as yet: it must be sent and settled. */
export interface Held extends Priced {
  readonly facts: CallFacts;
  readonly sending: Sending;
}

/** What is sent, and which call's hold it settles. */
export interface Sending {
  /** `claimId` of the claim that it carries out, for which others wait; null without one. */
  readonly claim: string | null;
  readonly content: Content;
  readonly upstreamIdempotencyKey: string | null;
  /**
   * The call whose hold it is: this one's, or that of the first call of an act that is sent again. Null for a read
   * without a row as yet.
   */
  readonly holder: string | null;
  /** True when an earlier attempt of the same act may have taken effect. */
  readonly again: boolean;
}

export interface Forwarded extends Held {
  readonly verdict: Verdict;
}

export type Call =
  | Arrived
  | Authenticated
  | Read
  | Resolved
  | Identified
  | Locked
  | Priced
  | Held
  | Forwarded;

/** What names a call to whoever watches. Who says that they call has said so, no more. */
export interface Named {
  readonly callId: string | null;
  readonly operation: string | null;
  readonly vaultKeyId: string | null;
  readonly runId: string | null;
  readonly agent: string | null;
  /** What it was to take from its budgets, whether it did or not. */
  readonly usdMicros: number;
}

/** As of a call of which nothing was read. */
export const UNNAMED: Named = {
  callId: null,
  operation: null,
  vaultKeyId: null,
  runId: null,
  agent: null,
  usdMicros: 0,
};

export function namedBy({ callId, operation, vaultKeyId, runId, agent, usdMicros }: CallFacts): Named {
  return { callId, operation, vaultKeyId, runId, agent, usdMicros };
}

/** A finished call: its answer, and what metrics and the log say about it. */
export interface Handled extends Named {
  readonly answer: Answer;
  readonly decision: "allowed" | "denied" | "replayed" | "unauthenticated";
  readonly code: string | null;
  /** Set when the kept answer of a claim by act is what is answered. */
  readonly delivers?: Delivery;
}

/** An answer of which it matters whether it reaches somebody: who says the act again is judged by that. */
export interface Delivery {
  /** Whose answer it is: noted when it has reached somebody. */
  readonly callId: string;
  /** To be called once, when that is noted, or when it is known to have reached nobody: others may wait for it. */
  readonly known: () => void;
}

/** How a call ends. */
export type Ending =
  /** Its row is still to be written; without a key there is none, so that a flood cannot fill the store. */
  | { readonly end: "refused"; readonly call: Call; readonly refusal: Refusal }
  /** The vendor's own refusal of a look-up (no such object): the caller gets it, and nothing was forwarded. */
  | { readonly end: "looked_up"; readonly call: Read; readonly answer: UpstreamAnswer }
  /** Its row is durable. */
  | { readonly end: "answered"; readonly handled: Handled };

export function refused(call: Call, refusal: Refusal): Ending {
  return { end: "refused", call, refusal };
}

export function answered(
  facts: CallFacts,
  answer: Answer,
  decision: Handled["decision"],
  code: string | null,
  delivers: Delivery | null = null,
): Ending {
  const handled = { ...namedBy(facts), answer, decision, code };
  return { end: "answered", handled: { ...handled, ...(delivers === null ? {} : { delivers }) } };
}

export function isEnding(next: Call | Ending): next is Ending {
  return "end" in next;
}
