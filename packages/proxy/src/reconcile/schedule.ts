import type { Logger } from "pino";
import type { Environment } from "../environment.ts";
import { LIMITS } from "../limits.ts";
import type { Reconciler } from "./reconciler.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** The first comparison comes this long after the start, so that a proxy that restarts every day makes it too. */
const FIRST_COMPARISON_MS = 60 * 60 * 1000;

export interface ScheduleDependencies {
  readonly reconciler: Reconciler;
  readonly environment: Environment;
  readonly log: Logger;
}

/** Runs the reconciler every minute or so and its comparison once a day, until stopped. */
export function scheduleReconciler({ reconciler, environment, log }: ScheduleDependencies): {
  /** Resolves when what runs has ended. */
  stop(): Promise<void>;
} {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  let compareAt = environment.clock() + FIRST_COMPARISON_MS;

  async function work(): Promise<void> {
    try {
      await reconciler.run();
      if (environment.clock() < compareAt) return;
      compareAt = environment.clock() + DAY_MS;
      await reconciler.compare();
    } catch (error) {
      log.error({ error: error instanceof Error ? error.message : "unknown" }, "reconciling failed");
    }
  }

  function wait(): void {
    if (stopped) return;
    // Half to one and a half of it: replicas that start together do not ask together.
    const part = 0.5 + Buffer.from(environment.random(2)).readUInt16BE() / 65_536;
    timer = setTimeout(() => {
      running = work().finally(wait);
    }, LIMITS.reconcileEveryMs * part);
    timer.unref();
  }

  wait();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
