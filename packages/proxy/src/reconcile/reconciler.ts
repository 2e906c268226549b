import type { UnresolvedCall } from "@keybrake/ledger";
import type { Logger } from "pino";
import { LIMITS } from "../limits.ts";
import type { Metrics } from "../metrics.ts";
import { type Allowance, createAllowance } from "./allowance.ts";
import { comparePosted, type Difference } from "./compare-posted.ts";
import type { Reconciliation } from "./decide-reconciliation.ts";
import { lookInto, type ReconcileDependencies, settleFound } from "./reconcile-call.ts";

export interface ReconcilerDependencies extends ReconcileDependencies {
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** What one run found out about one call. */
export interface Reconciled {
  readonly unresolved: UnresolvedCall;
  /** `superseded`: it was settled by somebody else, or sent again, while it was looked up. */
  readonly outcome: Exclude<Reconciliation["kind"], "unpaid"> | "superseded";
  /** Null for what was found. */
  readonly reason: string | null;
}

/** Finds out what became of calls of which nobody heard: by look-ups, never by sending anything again. */
export interface Reconciler {
  /**
   * Looks into every unknown and awaiting call, as far as this minute's look-ups go; those that are left come first in
   * the next run. Two runs at once do no harm. `dryRun` settles nothing. Rejects when the store fails.
   */
  run(options?: { readonly dryRun?: boolean }): Promise<readonly Reconciled[]>;
  /** Compares a sample of what was posted in the last day with the vendor's own objects. Rows stay as they are. */
  compare(): Promise<readonly Difference[]>;
}

interface Open extends ReconcilerDependencies {
  readonly watchedSince: number;
  readonly allowance: Allowance;
}

export function createReconciler(deps: ReconcilerDependencies): Reconciler {
  const { clock } = deps.environment;
  const { left, take } = createAllowance({
    clock,
    most: LIMITS.reconcileLookUps,
    perMs: LIMITS.reconcileEveryMs,
  });
  const allowance: Allowance = {
    left,
    take() {
      const taken = take();
      if (taken) deps.metrics.lookedUp("reconciler");
      return taken;
    },
  };
  const open: Open = { ...deps, watchedSince: clock(), allowance };
  // Where the look-ups of an earlier run did not suffice any more.
  let resumeAt: string | undefined;

  return {
    async run({ dryRun = false } = {}) {
      const found: Reconciled[] = [];
      let cursor = resumeAt;
      resumeAt = undefined;
      do {
        const { data, nextCursor } = await deps.ledger.listUnresolved({ limit: 1, cursor });
        for (const unresolved of data) found.push(await reconcileOne(open, unresolved, dryRun));
        if (!allowance.left()) {
          resumeAt = cursor;
          break;
        }
        cursor = nextCursor ?? undefined;
      } while (cursor !== undefined);
      return found;
    },
    compare: () => comparePosted(open),
  };
}

const NOT_PAID = "it was made, and is not paid yet";

async function reconcileOne(open: Open, unresolved: UnresolvedCall, dryRun: boolean): Promise<Reconciled> {
  const { allowance, watchedSince, metrics, log } = open;
  const found = await lookInto(open, unresolved, { watchedSince, take: allowance.take });
  const reason = "reason" in found ? found.reason : found.kind === "unpaid" ? NOT_PAID : null;
  // What is found and not paid goes on waiting, for its payer.
  const settledAs = found.kind === "unpaid" ? "waiting" : found.kind;
  if (dryRun || found.kind === "waiting" || found.kind === "unsettled")
    return { unresolved, outcome: settledAs, reason };
  const settled = await settleFound(open, unresolved, found);
  const outcome = settled ? settledAs : "superseded";
  metrics.reconciled(outcome);
  const { callId, operation, usdMicros } = unresolved.call;
  log.info({ call_id: callId, operation, usd_micros: usdMicros, outcome, reason }, "call reconciled");
  return { unresolved, outcome, reason };
}
