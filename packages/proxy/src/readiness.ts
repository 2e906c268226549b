import { type StoreFault, storeFault } from "@keybrake/ledger";
import { LIMITS } from "./limits.ts";

/** What is wrong with the store, or null when a call could be written down now. */
export type Readiness = () => Promise<StoreFault | null>;

export interface ReadinessDependencies {
  /** Writes as much as a call does; rejects when a call could not be written. */
  readonly probe: () => Promise<void>;
  /** Rejects never, and keeps no process alive. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Looks at the store for everybody who asks. An answer is never older than its question: who comes while the store is
 * looked at waits for the next look, which all who wait share. Looks are apart by `readyGapMs`, so that a flood of
 * questions takes a bounded part of the disk.
 */
export function createReadiness({ probe, sleep }: ReadinessDependencies): Readiness {
  let mayLook: Promise<unknown> = Promise.resolve();
  let next: Promise<StoreFault | null> | null = null;

  function look(): Promise<StoreFault | null> {
    next = null;
    const looked = probe().then(() => null, storeFault);
    mayLook = Promise.all([looked, sleep(LIMITS.readyGapMs)]);
    return looked;
  }

  return () => {
    next ??= mayLook.then(look);
    return next;
  };
}
