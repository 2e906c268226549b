import { isLedgerError, type Settlement } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { toUsdMicros } from "../rates.ts";
import type { Amount } from "../vendors/vendor.ts";
import type { CallDependencies, Forwarded } from "./call.ts";
import { countedObject } from "./counted-object.ts";
import { record } from "./record.ts";
import type { Step } from "./step.ts";

/** Step 10: what became of the money is written down. */
export const settle: Step<Forwarded, Forwarded> = { name: "settle", refuses: [], take };

/** What the hold was for. */
interface HeldCost extends Amount {
  readonly usdMicros: number;
}

/** An outcome and when it was learnt: the same in every attempt to write it down. */
interface End {
  readonly call: Forwarded;
  readonly at: number;
}

/** Errors after which the same settlement cannot succeed: the row has its outcome, or the store is closed. */
const FINAL_CODES: ReadonlySet<string> = new Set(["call_already_settled", "call_not_found", "store_closed"]);

function isFinal(error: unknown): boolean {
  return isLedgerError(error) && FINAL_CODES.has(error.code);
}

/**
 * Rejects when the store does not take the outcome now; it is offered again in the background then, because nobody
 * else can free the hold and the claim.
 */
async function take(deps: CallDependencies, call: Forwarded): Promise<Forwarded> {
  await writeUntilTaken(deps, { call, at: deps.environment.clock() });
  if (call.sending.again) await record(deps, call.facts, "replayed", call.verdict);
  return call;
}

/** A few tries at once, for which the caller waits; then on and on in the background. */
async function writeUntilTaken(deps: CallDependencies, end: End): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(deps, end);
    } catch (error) {
      if (attempt >= LIMITS.settleAttempts || isFinal(error)) {
        void writeInBackground(deps, end, error);
        throw error;
      }
      await deps.environment.sleep(10 * attempt);
    }
  }
}

async function writeInBackground(deps: CallDependencies, end: End, first: unknown): Promise<void> {
  let wait: number = LIMITS.settleRetryMs;
  for (let error = first; !isFinal(error); wait = Math.min(2 * wait, LIMITS.settleRetryMsMax)) {
    await deps.environment.sleep(wait);
    try {
      return await write(deps, end);
    } catch (again) {
      error = again;
    }
  }
}

async function write(deps: CallDependencies, { call, at }: End): Promise<void> {
  const { ledger, rates } = deps;
  const { account, operation, verdict, key } = call;
  const { vendor } = account;
  const cost = await heldCost(deps, call);
  const moved = verdict.state === "posted" ? vendor.moved(operation.name, verdict.object, cost) : null;
  const micros = ({ amountMinor, currency }: Amount) =>
    amountMinor === null || currency === null ? null : toUsdMicros({ amountMinor, currency }, rates, vendor);
  const priced = micros(cost) ?? cost.usdMicros;
  const { objectId } = verdict;
  // What earlier calls counted for the object: known from the price, except when the vendor replayed an act.
  const replayed = moved !== null && verdict.replayedUpstream && objectId !== null;
  const counted = replayed
    ? await ledger.countedMicros(countedObject(key, objectId))
    : priced - cost.usdMicros;
  const movedMicros = moved === null ? null : micros(moved);
  const settlement: Settlement = {
    callId: call.sending.holder,
    by: { kind: "answer" },
    at,
    state: verdict.state,
    usdMicros: Math.max(0, (movedMicros ?? priced) - counted),
    amountMinor: moved?.amountMinor ?? null,
    currency: moved?.currency ?? null,
    code: verdict.code,
    status: verdict.answer.status,
    upstreamRequestId: verdict.upstreamRequestId,
    objectId,
    latencyMs: Math.max(0, at - call.at),
    answer: verdict.stored,
  };
  return ledger.settle(settlement);
}

/** What the call that holds the money was admitted for. */
async function heldCost({ ledger }: CallDependencies, { cost, sending }: Forwarded): Promise<HeldCost> {
  if (!sending.again && cost !== null) return cost;
  const first = await ledger.getCall(sending.holder);
  if (first === null) throw new Error(`call ${sending.holder} is claimed but not in the books`);
  return first;
}
