import type { CallFacts } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { type Refusal, refusalAnswer } from "../refusal.ts";
import type { UpstreamResult } from "../upstream/upstream.ts";
import { readOutcome, toUsdCents } from "../vendors/stripe/index.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Cost } from "./price.ts";
import { type CallDependencies, type Handled, handled } from "./progress.ts";

/** Writes down how calls end. Each method resolves when the row is durable: only then may its answer leave. */
export interface Bookkeeper {
  /** A refusal before admission. */
  deny(facts: CallFacts, refusal: Refusal): Promise<Handled>;
  /** Stripe's own refusal of a look-up (no such charge): the caller gets it, and nothing was forwarded. */
  denyByLookup(facts: CallFacts, result: UpstreamResult): Promise<Handled>;
  /** The row of a call that re-sent an earlier one's act. */
  recordResend(facts: CallFacts, outcome: Outcome): Promise<Handled>;
  /** The outcome of the act that `callId` holds money for. */
  settle(callId: string, facts: CallFacts, outcome: Outcome, cost: Cost): Promise<void>;
}

function objectId(object: unknown): string | null {
  const id = (object as { id?: unknown } | null)?.id;
  return typeof id === "string" ? id : null;
}

export function createBookkeeper({ ledger, environment, rates }: CallDependencies): Bookkeeper {
  const toCents = ({ amountMinor, currency }: Pick<Cost, "amountMinor" | "currency">) =>
    amountMinor === null || currency === null ? null : toUsdCents(amountMinor, currency, rates);
  const latency = (facts: CallFacts) => Math.max(0, environment.clock() - facts.at);

  async function record(
    facts: CallFacts,
    outcome: Outcome,
    decision: "denied" | "replayed",
  ): Promise<Handled> {
    await ledger.record({
      facts,
      decision,
      code: outcome.code,
      status: outcome.answer.status,
      upstreamRequestId: outcome.upstreamRequestId,
      objectId: objectId(outcome.object),
      latencyMs: latency(facts),
    });
    return handled(facts, outcome.answer, decision, outcome.code);
  }

  return {
    async deny(facts, refusal) {
      const answer = refusalAnswer(refusal, facts.callId);
      const { code } = refusal;
      const unsent = { upstreamRequestId: null, objectId: null, latencyMs: latency(facts) };
      await ledger.record({ facts, decision: "denied", code, status: answer.status, ...unsent });
      return handled(facts, answer, "denied", code);
    },

    denyByLookup(facts, result) {
      const outcome = outcomeOf(result, {
        callId: facts.callId,
        write: false,
        resent: false,
        keepDecline: false,
      });
      return record(facts, outcome, "denied");
    },

    recordResend: (facts, outcome) => record(facts, outcome, "replayed"),

    async settle(callId, facts, outcome, cost) {
      const posted = outcome.state === "posted";
      const moved =
        posted && facts.operation !== null ? readOutcome(facts.operation, outcome.object, cost) : null;
      const id = moved?.objectId ?? objectId(outcome.object);
      const priced = toCents(cost) ?? cost.usdCents;
      // What earlier calls counted for the object: known from the price, except when Stripe replayed an act.
      const replayed = posted && outcome.replayedUpstream && id !== null;
      const counted = replayed ? await ledger.countedCents(id) : priced - cost.usdCents;
      const movedCents = moved === null ? null : toCents(moved);
      const settlement = {
        callId,
        at: environment.clock(),
        state: outcome.state,
        usdCents: Math.max(0, (movedCents ?? priced) - counted),
        amountMinor: moved?.amountMinor ?? null,
        currency: moved?.currency ?? null,
        code: outcome.code,
        status: outcome.answer.status,
        upstreamRequestId: outcome.upstreamRequestId,
        objectId: id,
        latencyMs: latency(facts),
        answer: outcome.stored,
      };
      for (let attempt = 1; ; attempt++) {
        try {
          return await ledger.settle(settlement);
        } catch (error) {
          if (attempt >= LIMITS.settleAttempts) throw error;
          await environment.sleep(10 * attempt);
        }
      }
    },
  };
}
