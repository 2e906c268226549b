import { type CallFacts, isLedgerError, type Settlement } from "@keybrake/ledger";
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
  /**
   * The outcome of the act that `callId` holds money for. Rejects when the store does not take it now; it is
   * offered again in the background then, because nobody else can free the hold and the claim.
   */
  settle(callId: string, facts: CallFacts, outcome: Outcome, cost: () => Promise<Cost>): Promise<void>;
}

/** Errors after which the same settlement cannot succeed: the row has its outcome, or the store is closed. */
const FINAL_CODES: ReadonlySet<string> = new Set(["call_already_settled", "call_not_found", "store_closed"]);

function isFinal(error: unknown): boolean {
  return isLedgerError(error) && FINAL_CODES.has(error.code);
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

  async function settlementOf(end: {
    readonly callId: string;
    readonly at: number;
    readonly latencyMs: number;
    readonly facts: CallFacts;
    readonly outcome: Outcome;
    readonly cost: Cost;
  }): Promise<Settlement> {
    const { callId, at, latencyMs, facts, outcome, cost } = end;
    const posted = outcome.state === "posted";
    const moved =
      posted && facts.operation !== null ? readOutcome(facts.operation, outcome.object, cost) : null;
    const id = moved?.objectId ?? objectId(outcome.object);
    const priced = toCents(cost) ?? cost.usdCents;
    // What earlier calls counted for the object: known from the price, except when Stripe replayed an act.
    const replayed = posted && outcome.replayedUpstream && id !== null;
    const counted = replayed ? await ledger.countedCents(id, false) : priced - cost.usdCents;
    const movedCents = moved === null ? null : toCents(moved);
    return {
      callId,
      at,
      state: outcome.state,
      usdCents: Math.max(0, (movedCents ?? priced) - counted),
      amountMinor: moved?.amountMinor ?? null,
      currency: moved?.currency ?? null,
      code: outcome.code,
      status: outcome.answer.status,
      upstreamRequestId: outcome.upstreamRequestId,
      objectId: id,
      latencyMs,
      answer: outcome.stored,
    };
  }

  /** A few tries at once, for which the caller waits; then on and on in the background. */
  async function settleUntilTaken(settle: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await settle();
      } catch (error) {
        if (attempt >= LIMITS.settleAttempts || isFinal(error)) {
          void settleInBackground(settle, error);
          throw error;
        }
        await environment.sleep(10 * attempt);
      }
    }
  }

  async function settleInBackground(settle: () => Promise<void>, first: unknown): Promise<void> {
    let wait: number = LIMITS.settleRetryMs;
    for (let error = first; !isFinal(error); wait = Math.min(2 * wait, LIMITS.settleRetryMsMax)) {
      await environment.sleep(wait);
      try {
        return await settle();
      } catch (again) {
        error = again;
      }
    }
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

    settle(callId, facts, outcome, cost) {
      const at = environment.clock();
      const latencyMs = latency(facts);
      return settleUntilTaken(async () =>
        ledger.settle(await settlementOf({ callId, at, latencyMs, facts, outcome, cost: await cost() })),
      );
    },
  };
}
