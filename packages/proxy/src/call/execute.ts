import type { Admission } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { refusalAnswer } from "../refusal.ts";
import { stampMetadata } from "../vendors/stripe/index.ts";
import type { Bookkeeper } from "./bookkeeper.ts";
import type { ClaimIdentity } from "./claim.ts";
import { type Content, passedHeaders, readFirstRequest, writeFirstRequest } from "./first-request.ts";
import { admissionRefusal, IN_USE, refusalStatus, replayAnswer } from "./messages.ts";
import { outcomeOf } from "./outcome.ts";
import type { Cost, PricedCost } from "./price.ts";
import { type CallDependencies, type Handled, handled, type Progress } from "./progress.ts";
import type { Sender } from "./send.ts";

/** A call that may be admitted: what it costs (null when its claim was found taken) and what it claims. */
export interface PricedCall {
  readonly progress: Progress;
  readonly cost: PricedCost | null;
  readonly claim: ClaimIdentity | null;
}

/**
 * Steps 5 to 8: claim and hold, forward, settle, answer. Resolves to null when the claim that made pricing
 * unnecessary was given back in the meantime: the call must be priced and try again.
 */
export function createExecutor(
  dependencies: CallDependencies,
  sender: Sender,
  books: Bookkeeper,
): (call: PricedCall) => Promise<Handled | null> {
  const { ledger, environment, waitingRoom } = dependencies;

  async function execute(progress: Progress, cost: Cost, content: Content, claim: ClaimIdentity | null) {
    const { facts, policy } = progress;
    const leave = waitingRoom.enter(facts.callId);
    try {
      const result = await sender.send(progress, content, claim?.upstreamKey ?? null);
      const keepDecline = policy.dedupe === "key";
      const write = claim !== null;
      const outcome = outcomeOf(result, { callId: facts.callId, write, resent: false, keepDecline });
      await books.settle(facts.callId, facts, outcome, async () => cost);
      return handled(facts, outcome.answer, "allowed", outcome.code);
    } finally {
      leave();
    }
  }

  /** What a call in the books was admitted for. */
  async function costOf(callId: string): Promise<Cost> {
    const call = await ledger.getCall(callId);
    if (call === null) throw new Error(`call ${callId} is claimed but not in the books`);
    return call;
  }

  /** The act of an earlier call whose outcome is unknown: sent again under the same key, byte for byte. */
  async function resend(progress: Progress, first: Extract<Admission, { kind: "resend" }>) {
    const { facts, policy } = progress;
    const leave = waitingRoom.enter(first.callId);
    try {
      const result = await sender.send(progress, readFirstRequest(first.body), first.upstreamKey);
      const keepDecline = policy.dedupe === "key";
      const outcome = outcomeOf(result, { callId: facts.callId, write: true, resent: true, keepDecline });
      await books.settle(first.callId, facts, outcome, () => costOf(first.callId));
      return await books.recordResend(facts, outcome);
    } finally {
      leave();
    }
  }

  return async function admit({ progress, cost, claim }) {
    const { facts, operation, decoded, key, policy } = progress;
    const params = cost?.inject == null ? decoded.params : { ...decoded.params, ...cost.inject };
    const stamp = {
      keybrake_key: key.id,
      ...(facts.runId === null ? {} : { keybrake_run: facts.runId }),
      ...(facts.agent === null ? {} : { keybrake_agent: facts.agent }),
    };
    const body = decoded.encode(stampMetadata(operation, params, stamp));
    const contentType = body === null ? null : decoded.contentType;
    const content: Content = { body, contentType, headers: passedHeaders(progress.call) };
    const deadline = facts.at + LIMITS.inFlightWaitMs;
    for (;;) {
      const now = environment.clock();
      const admission = await ledger.admit({
        facts,
        claim: claim === null ? null : { ...claim, body: writeFirstRequest(content) },
        priced: cost !== null,
        latencyMs: Math.max(0, now - facts.at),
        resendNotBefore: now - LIMITS.resendWithinMs,
        refusalStatus: refusalStatus(policy),
      });
      switch (admission.kind) {
        case "admitted":
          if (cost === null) throw new Error(`call ${facts.callId} was admitted without a price`);
          return execute(progress, cost, content, claim);
        case "resend":
          return resend(progress, admission);
        case "replay":
          return handled(facts, replayAnswer(admission.answer, facts.callId), "replayed", null);
        case "refused": {
          const answer = refusalAnswer(admissionRefusal(progress, admission), facts.callId);
          return handled(facts, answer, "denied", admission.code);
        }
        case "unclaimed":
          return null;
        case "in_flight": {
          const left = deadline - environment.clock();
          if (left <= 0) return books.deny(facts, IN_USE);
          await (waitingRoom.wait(admission.callId, left) ?? environment.sleep(LIMITS.inFlightPollMs));
        }
      }
    }
  };
}
