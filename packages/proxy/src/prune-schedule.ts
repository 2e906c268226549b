import { setTimeout as pause } from "node:timers/promises";
import type { Ledger } from "@keybrake/ledger";
import { DAILY_WINDOW_MS, KEEP_MIN_MS } from "@keybrake/ledger";
import type { Logger } from "pino";
import { LIMITS } from "./limits.ts";
import { ProxyError } from "./proxy-error.ts";

const DAY_MS = DAILY_WINDOW_MS;

export interface PruneOptions {
  readonly ledger: Pick<Ledger, "prune">;
  readonly keepDays: number;
  readonly clock: () => number;
  readonly log: Logger;
}

/** Throws `store_invalid`. */
export function checkKeepDays(keepDays: number | undefined): void {
  if (keepDays === undefined) return;
  if (Number.isSafeInteger(keepDays) && keepDays * DAY_MS >= KEEP_MIN_MS) return;
  throw new ProxyError(
    "store_invalid",
    `Rows are kept for ${KEEP_MIN_MS / DAY_MS} days or more, in whole days.`,
  );
}

/**
 * Removes what is old from the books, now and from time to time, in steps with room for calls between them. A step that
 * fails is logged, and tried again the next time. Moves no money.
 */
export function startPruning({ ledger, keepDays, clock, log }: PruneOptions): { close(): Promise<void> } {
  let isClosed = false;

  async function prune(): Promise<void> {
    let removed = 0;
    for (let isMore = true; isMore && !isClosed; ) {
      const step = await ledger.prune({ now: clock(), keepMs: keepDays * DAY_MS });
      removed += step.removed;
      isMore = step.isMore;
      if (isMore) await pause(LIMITS.pruneStepPauseMs);
    }
    if (removed > 0) log.info({ removed, keepDays }, "old rows were removed");
  }

  const run = (): Promise<void> =>
    prune().catch((error: unknown) => log.warn({ err: error }, "old rows could not be removed"));
  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, LIMITS.pruneEveryMs).unref();

  return {
    close: async () => {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}
