import { randomBytes } from "node:crypto";

/** What the proxy takes from the world besides its store and its upstream; tests pass their own. */
export interface Environment {
  /** Milliseconds since the Unix epoch; must not step (see `createSteadyClock`). */
  readonly clock: () => number;
  /** Cryptographically strong random bytes: secrets and ids are made from them. */
  readonly random: (length: number) => Uint8Array;
  /** Resolves after `ms`; rejects never. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Wall time that cannot jump. Budgets roll over by time, so a clock that steps forward by a day would empty
 * every window. This one advances with the monotonic clock and moves towards the wall clock by at most
 * 0.1 % of the time that passed, as NTP slews. A restart reads the wall clock anew.
 */
export function createSteadyClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  const slew = 0.001;
  let time = wall();
  let last = monotonic();
  return () => {
    const now = monotonic();
    const elapsed = now - last;
    last = now;
    const drift = wall() - (time + elapsed);
    const bound = elapsed * slew;
    time += elapsed + Math.max(-bound, Math.min(bound, drift));
    return Math.floor(time);
  };
}

export function systemEnvironment(): Environment {
  return {
    clock: createSteadyClock(),
    random: (length) => randomBytes(length),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
