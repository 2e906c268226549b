import type { Call } from "@keybrake/ledger";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import type { Allowance } from "./allowance.ts";
import { lookUpOnce } from "./follow-trace.ts";
import { accountOf, type ReconcileDependencies } from "./reconcile-call.ts";

export interface CompareDependencies extends ReconcileDependencies {
  readonly allowance: Allowance;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** A posted row that is not what the vendor's own object says. */
export interface Difference {
  readonly call: Call;
  readonly difference: string;
}

/** Of so many of the latest rows the sample is drawn. */
const DRAWN_FROM = 1000;
/** What was posted later than this may not be shown yet. */
const YOUNGEST_MS = 10 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Reports differences in the log and in a metric; what is right about them, a person must find out. */
export async function comparePosted(deps: CompareDependencies): Promise<readonly Difference[]> {
  const { ledger, environment, metrics, log } = deps;
  const now = environment.clock();
  const bounds = { from: now - DAY_MS - YOUNGEST_MS, to: now - YOUNGEST_MS };
  const { data } = await ledger.listCalls({ state: "posted", ...bounds }, { limit: DRAWN_FROM });
  const differences: Difference[] = [];
  for (const call of sampleOf(data, environment.random)) {
    const difference = await differenceOf(deps, call);
    if (difference === null) continue;
    differences.push({ call, difference });
    metrics.differed();
    const { callId, objectId, vendor } = call;
    log.error(
      { call_id: callId, object_id: objectId, vendor, difference },
      "the books and the vendor differ",
    );
  }
  return differences;
}

async function differenceOf(deps: CompareDependencies, call: Call): Promise<string | null> {
  const { operation, objectId, amountMinor, currency } = call;
  const account = accountOf(deps.accounts, call);
  if (account === null || call.simulate) return null;
  if (operation === null || objectId === null || amountMinor === null || currency === null) return null;
  const comparison = account.vendor.compare({ operation, objectId, amountMinor, currency });
  if (comparison === null) return null;
  const lookUps = { account, headers: {}, clock: deps.environment.clock, take: deps.allowance.take };
  const looked = await lookUpOnce(lookUps, comparison.path);
  return looked.ok ? comparison.differs(looked) : null;
}

/** So many of them as a day's comparison looks at, drawn by chance. */
function sampleOf(calls: readonly Call[], random: (length: number) => Uint8Array): Call[] {
  const left = [...calls];
  const drawn: Call[] = [];
  while (left.length > 0 && drawn.length < LIMITS.comparedPerDay) {
    const index = Buffer.from(random(4)).readUInt32BE() % left.length;
    drawn.push(...left.splice(index, 1));
  }
  return drawn;
}
