import { randomBytes, randomFillSync } from "node:crypto";
import { uptime } from "node:os";

/** What the proxy takes from the world besides its store and its upstream; tests pass their own. */
export interface Environment {
  /**
   * Milliseconds since the Unix epoch; must not step (see `createSteadyClock`). What frees something follows it: a
   * window, a rate. So do rows.
   */
  readonly clock: () => number;
  /**
   * The machine's own clock, in the same milliseconds: it steps when it is set, and goes on while the machine sleeps.
   * Asked for through `deadlineTime` alone.
   */
  readonly wall: () => number;
  /** Cryptographically strong random bytes: secrets and ids are made from them. */
  readonly random: (length: number) => Uint8Array;
  /** Resolves after `ms`; rejects never. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How far behind the wall clock the steady one is before it asks whether the machine slept, and how often it asks. */
const SLEEP_ASKED_MS = 1_000;

/**
 * Wall time that cannot jump. Budgets roll over by time, so a clock that steps forward by a day would empty
 * every window. This one advances with the monotonic clock and moves towards the wall clock by at most
 * 0.1 % of the time that passed, as NTP slews. The monotonic clock stands still while the machine sleeps: that time
 * is made up for when both the wall clock and the time since boot, which nobody can set, say that it passed. A
 * restart reads the wall clock anew.
 */
export function createSteadyClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
  sinceBoot: () => number = () => uptime() * 1000,
): () => number {
  const slew = 0.001;
  const notAwake = () => sinceBoot() - monotonic();
  let time = wall();
  let last = monotonic();
  let sleptBefore = notAwake();
  let askedAt = last;
  const slept = (now: number): number => {
    if (now - askedAt < SLEEP_ASKED_MS) return 0;
    askedAt = now;
    const asleep = notAwake() - sleptBefore;
    // Both clocks are read one after the other, and one of them in hundredths of a second.
    if (asleep < SLEEP_ASKED_MS) return 0;
    sleptBefore += asleep;
    return asleep;
  };
  return () => {
    const now = monotonic();
    const elapsed = now - last;
    last = now;
    const drift = wall() - (time + elapsed);
    const bound = elapsed * slew;
    time += elapsed + Math.max(-bound, Math.min(bound, drift));
    if (drift > SLEEP_ASKED_MS) time += Math.min(drift - bound, slept(now));
    return Math.floor(time);
  };
}

/**
 * The time for what ends: a key, the right to send an act again. The later of both clocks, so that neither a sleep of
 * the machine nor a clock that is set makes anything last longer than either says.
 */
export function deadlineTime({ clock, wall }: Pick<Environment, "clock" | "wall">): number {
  return Math.max(clock(), wall());
}

/** A call takes a few bytes several times; asking the system costs as much for them as for thousands. */
const RANDOM_POOL_BYTES = 4096;

/** Random bytes from a pool that is filled at once. What was given away is wiped from it. */
export function createPooledRandom(): (length: number) => Uint8Array {
  const pool = Buffer.alloc(RANDOM_POOL_BYTES);
  let used: number = RANDOM_POOL_BYTES;
  return (length) => {
    if (length > RANDOM_POOL_BYTES) return randomBytes(length);
    if (used + length > RANDOM_POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.subarray(used, used + length);
    const given = new Uint8Array(taken);
    taken.fill(0);
    used += length;
    return given;
  };
}

/** The system's, with what is `given` instead. A given clock is the wall clock too, unless told. */
export function createEnvironment(given: Partial<Environment> = {}): Environment {
  return {
    clock: createSteadyClock(),
    wall: given.clock ?? Date.now,
    random: createPooledRandom(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    ...given,
  };
}
