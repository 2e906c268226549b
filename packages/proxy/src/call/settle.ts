import { isLedgerError, type Settlement, type Undone } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import { holdsUnpaid } from "../policy.ts";
import { type Rates, toUsdMicros } from "../rates.ts";
import type { Amount } from "../vendors/vendor.ts";
import type { CallDependencies, Forwarded } from "./call.ts";
import { countedObject } from "./counted-object.ts";
import { ownScope } from "./identify.ts";
import { record } from "./record.ts";
import type { Step } from "./step.ts";

/** Step 11: what became of the money is written down. */
export const settle: Step<Forwarded, Forwarded> = { name: "settle", refuses: [], take };

/** What the hold was for. */
interface HeldCost extends Amount {
  readonly usdMicros: number;
  /** The object whose total the call sets; null when it makes one. */
  readonly objectId: string | null;
  /** Whether the hold stays until what it is for is paid or dead, by the policy of the key that holds it. */
  readonly holdsUnpaid: boolean;
}

/** An outcome and when it was learnt: the same in every attempt to write it down. */
interface End {
  readonly call: Forwarded;
  readonly holder: string;
  readonly at: number;
}

/** Errors after which the same settlement cannot succeed: the row has its outcome, or the store is closed. */
const FINAL_CODES: ReadonlySet<string> = new Set(["call_already_settled", "call_not_found", "store_closed"]);

function isFinal(error: unknown): boolean {
  return isLedgerError(error) && FINAL_CODES.has(error.code);
}

/**
 * Rejects when the store does not take the outcome now; it is offered again in the background then, because nobody
 * else can free the hold and the claim. A read without a row has neither: its row is written now, or it has no answer.
 */
async function take(deps: CallDependencies, call: Forwarded): Promise<Forwarded> {
  const { facts, sending, verdict } = call;
  const { holder } = sending;
  if (holder === null) {
    await record(deps, facts, "allowed", verdict);
    return call;
  }
  noteDecline(deps, call);
  noteLoss(deps, call);
  await writeUntilTaken(deps, { call, holder, at: deps.environment.clock() });
  if (sending.again) await record(deps, facts, "replayed", verdict);
  return call;
}

/** A chosen key's decline is its answer; by act, the next attempt is another one. */
function noteDecline(
  { declinedKeys }: CallDependencies,
  { account, claim, sending, verdict }: Forwarded,
): void {
  const { upstreamIdempotencyKey: sent } = sending;
  if (verdict.declined && claim?.by === "act" && sent !== null) declinedKeys.note(account, sent);
}

/** Of an act that is sent again it was noted before. */
function noteLoss({ shares }: CallDependencies, { key, sending, verdict }: Forwarded): void {
  const isUnknown = verdict.state === "unknown";
  if (isUnknown && !sending.again) shares.noteLost(key.id);
  if (!isUnknown && sending.again) shares.noteFound(key.id);
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

async function write(deps: CallDependencies, end: End): Promise<void> {
  const cost = await heldCost(deps, end);
  await deps.ledger.settle(settlementOf(deps.rates, end, cost));
}

function settlementOf(rates: Rates, { call, holder, at }: End, cost: HeldCost): Settlement {
  const { verdict, key } = call;
  // Of what a person is asked, the request for their approval is looked up later.
  const objectId = verdict.state === "awaiting" ? verdict.objectId : (cost.objectId ?? verdict.objectId);
  const moved = movedOf(rates, call, cost);
  const refused = verdict.code !== null;
  // The answer says what the object comes to, not what this call added to it.
  const isTotal = cost.objectId !== null || verdict.replayedUpstream || refused;
  const totalOf = isTotal && moved.isExact && objectId !== null ? countedObject(key, objectId) : null;
  return {
    callId: holder,
    by: { kind: "answer" },
    at,
    state: cost.holdsUnpaid && verdict.unpaid && verdict.state === "posted" ? "awaiting" : verdict.state,
    usdMicros: moved.usdMicros,
    amountMinor: moved.amountMinor,
    currency: moved.currency,
    totalOf,
    undoes: undoneBy(call),
    refused,
    code: verdict.code,
    status: verdict.answer.status,
    upstreamRequestId: verdict.upstreamRequestId,
    objectId,
    latencyMs: Math.max(0, at - call.at),
    answer: verdict.stored,
  };
}

/** What the call has undone, of what its own key has made. */
function undoneBy(call: Forwarded): Undone | null {
  const { account, request, verdict } = call;
  if (verdict.code !== null || verdict.object === null) return null;
  const objectIds = account.vendor.undoneBy(request, verdict.object);
  return objectIds.length === 0 ? null : { scope: ownScope(call), objectIds };
}

interface Moved extends Amount {
  readonly usdMicros: number;
  /** False when there is no rate for the answer's currency any more, nor for the price's: then the hold stands. */
  readonly isExact: boolean;
}

/** What the answer says has moved, or the price where it does not say. */
function movedOf(rates: Rates, { account, operation, verdict }: Forwarded, cost: HeldCost): Moved {
  if (verdict.state !== "posted") return { amountMinor: null, currency: null, usdMicros: 0, isExact: true };
  const { vendor } = account;
  const charged = vendor.chargedMicros(operation.name, verdict.object);
  if (charged !== null) return { amountMinor: null, currency: null, usdMicros: charged, isExact: true };
  const said = vendor.moved(operation.name, verdict.object, cost);
  const micros = ({ amountMinor, currency }: Amount) =>
    amountMinor === null || currency === null ? null : toUsdMicros({ amountMinor, currency }, rates, vendor);
  const usdMicros = micros(said) ?? micros(cost);
  const { amountMinor, currency } = said;
  return { amountMinor, currency, usdMicros: usdMicros ?? cost.usdMicros, isExact: usdMicros !== null };
}

/** What the call that holds the money was admitted for. */
async function heldCost(deps: CallDependencies, { call, holder: holderId }: End): Promise<HeldCost> {
  const { cost, sending } = call;
  if (!sending.again && cost !== null) return { ...cost, holdsUnpaid: holdsUnpaid(call.key, cost) };
  const first = await deps.ledger.getCall(holderId);
  const holder = first === null ? null : await deps.ledger.getVaultKey(first.vaultKeyId, call.at);
  if (first === null || holder === null) throw new Error(`call ${holderId} is claimed but not in the books`);
  return { ...first, holdsUnpaid: holdsUnpaid(holder, first) };
}
