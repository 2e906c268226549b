import { setTimeout as wait } from "node:timers/promises";
import { RETRY_AFTER_MS } from "./limits.ts";
import { isDisconnection, isRepeatable } from "./to-ledger-error.ts";

/** Whether the same may go well a moment later: a conflict with another transaction, or a connection that was lost. */
export function isPassing(error: unknown): boolean {
  return isRepeatable(error) || isDisconnection(error);
}

/** Tries until it is done, fails for good, or has been tried for so long. Only for what may be done again. */
export async function withPatience<T>(patienceMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || performance.now() + RETRY_AFTER_MS >= deadline) throw error;
    }
    await wait(RETRY_AFTER_MS);
  }
}

/** Runs what it is given one after the other, in the order of asking. */
export function createTurns(): <T>(use: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (use) => {
    const turn = last.then(use);
    last = turn.catch(() => {});
    return turn;
  };
}
