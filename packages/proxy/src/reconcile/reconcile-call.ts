import {
  type Call,
  isLedgerError,
  type Ledger,
  type Settlement,
  type StoredAnswer,
  type UnresolvedCall,
} from "@keybrake/ledger";
import type { Account, Accounts } from "../accounts.ts";
import { countedObject } from "../call/counted-object.ts";
import { type FirstRequest, readFirstRequest } from "../call/first-request.ts";
import type { Environment } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import { holdsUnpaid, type Policy } from "../policy.ts";
import { type Rates, toUsdMicros } from "../rates.ts";
import type { Amount } from "../vendors/vendor.ts";
import { decideReconciliation, type FoundObject, type Reconciliation } from "./decide-reconciliation.ts";
import { followTrace } from "./follow-trace.ts";

export interface ReconcileDependencies {
  readonly ledger: Ledger<Policy>;
  readonly accounts: Accounts;
  readonly rates: Rates;
  readonly environment: Environment;
}

/** What one run knows besides. */
export interface ReconcileRun {
  readonly watchedSince: number;
  readonly take: () => boolean;
}

/** Looks up what became of a call, and says it. Settles nothing. Never rejects for the vendor's sake. */
export async function lookInto(
  { accounts, environment, ledger }: ReconcileDependencies,
  { call, sentAt, body }: UnresolvedCall,
  { watchedSince, take }: ReconcileRun,
): Promise<Reconciliation> {
  if (call.simulate) return { kind: "voided", reason: "it was simulated", made: null };
  const account = accountOf(accounts, call);
  if (account === null) return { kind: "unsettled", reason: "this proxy has no credential of its account" };
  if (call.operation === null || body === null || !isUnresolved(call.state))
    return { kind: "unsettled", reason: "it was not kept what was sent" };
  const first = readFirstRequest(body);
  const start = account.vendor.trace({
    ...{ callId: call.callId, operation: call.operation, path: call.path, body: first.body },
    ...{ state: call.state, objectId: call.objectId, sinceMs: sinceOf(call, first) },
  });
  const { clock } = environment;
  const { end, clockDifferenceMs } = await followTrace(start, {
    account,
    headers: first.headers,
    clock,
    take,
  });
  const sameCredential = first.sentAs === account.fingerprint;
  const key = await ledger.getVaultKey(call.vaultKeyId, clock());
  return decideReconciliation(end, {
    ...{ now: clock(), sentAt, watchedSince, sameCredential, clockDifferenceMs },
    holdsUnpaid: key !== null && holdsUnpaid(key, call),
  });
}

/**
 * From when on what the call made is listed, by the vendor's clock. The proxy's may have been wrong when it was sent and
 * set right since: how far it was from the vendor's then is kept with the request. Null when nobody knew.
 */
function sinceOf({ at }: Call, { vendorAheadMs }: FirstRequest): number | null {
  return vendorAheadMs === null ? null : at + vendorAheadMs - LIMITS.clockDifferenceMs;
}

/** Writes down what was found out; false when the call was settled, or sent again, in the meantime. */
export async function settleFound(
  deps: ReconcileDependencies,
  { call, sentAt }: UnresolvedCall,
  found: Extract<Reconciliation, { readonly kind: "posted" | "unpaid" | "voided" }>,
): Promise<boolean> {
  const figures = found.kind === "voided" ? nothingMoved(call, found) : figuresOf(deps, call, found);
  const settlement: Settlement = {
    callId: call.callId,
    by: { kind: "reconciler", sentAt },
    at: deps.environment.clock(),
    state: found.kind === "unpaid" ? "awaiting" : found.kind,
    ...figures,
    ...{ undoes: null, refused: false },
    ...{ code: null, status: null, upstreamRequestId: null, latencyMs: null },
  };
  try {
    await deps.ledger.settle(settlement);
    return true;
  } catch (error) {
    if (isLedgerError(error) && SUPERSEDED.has(error.code)) return false;
    throw error;
  }
}

type Figures = Pick<Settlement, "usdMicros" | "totalOf" | "amountMinor" | "currency" | "objectId" | "answer">;

/** What is dead was made all the same: who has not heard of it is answered with it, so that it is not made anew. */
function nothingMoved(
  { status }: Call,
  { made }: Extract<Reconciliation, { readonly kind: "voided" }>,
): Figures {
  const isAnswered = status !== null && status < 300;
  const answer = made === null || isAnswered ? null : answerOf(made.object);
  return { usdMicros: 0, totalOf: null, amountMinor: null, currency: null, objectId: null, answer };
}

function answerOf(object: unknown): StoredAnswer {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(object) };
}

const SUPERSEDED: ReadonlySet<string> = new Set(["call_already_settled", "call_in_flight"]);

/**
 * The object's figures; the object answers repeats of the act. What a call made of which nobody heard counts what was
 * asked for at least: another call may have lowered it since, and until then it was worth that.
 */
function figuresOf(
  { accounts, rates }: ReconcileDependencies,
  call: Call,
  { object, objectId }: FoundObject,
): Figures {
  const vendor = accountOf(accounts, call)?.vendor;
  if (vendor === undefined) throw new Error(`call ${call.callId} was found at no vendor`);
  const micros = ({ amountMinor, currency }: Amount) =>
    amountMinor === null || currency === null
      ? 0
      : (toUsdMicros({ amountMinor, currency }, rates, vendor) ?? 0);
  const priced: Amount = call;
  const said = vendor.moved(call.operation ?? "", object, priced);
  const isMade = call.state === "unknown" && call.objectId === null;
  const isLowered = isMade && micros(said) < micros(call);
  const { amountMinor, currency } = isLowered ? call : said;
  const usdMicros = micros({ amountMinor, currency });
  // What waited for its payer was answered when it was made, and is answered so again.
  const isAnswered = call.state === "awaiting" && call.objectId === objectId;
  const answer = isAnswered ? null : answerOf(object);
  // What it was priced over is what it counts for: a charge that is captured, for its payment intent.
  const countsFor = call.state === "unknown" ? (call.objectId ?? objectId) : objectId;
  const shown = { amountMinor, currency, objectId: countsFor, answer };
  // Where the object does not say what moved, what is still held is what nobody has counted.
  const isHold = said === priced && !isMade;
  if (usdMicros === 0 || countsFor === null || isHold)
    return { ...shown, usdMicros: call.usdMicros, totalOf: null };
  return { ...shown, usdMicros, totalOf: countedObject(call, countsFor) };
}

/** The account that a call went out with, if the proxy has it. */
export function accountOf({ byVendor }: Accounts, call: Call): Account | null {
  const account = byVendor.get(call.vendor);
  return account?.name === call.account ? account : null;
}

function isUnresolved(state: Call["state"]): state is "unknown" | "awaiting" {
  return state === "unknown" || state === "awaiting";
}
