import { LedgerError } from "../errors.ts";
import type { Pruned, PruneRequest } from "../retention.ts";
import type { Changes, LoadedState, Needs } from "../store.ts";
import { createBookStatements } from "./book-statements.ts";
import { createClockStatements, type LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";
import type { FileGuard } from "./file-guard.ts";
import { createLoad } from "./load.ts";
import { createPrune } from "./prune.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import type { WarmRows } from "./warm-rows.ts";
import { createWrite } from "./write.ts";

/** Each resolves when it is on the disk. */
export interface Transactions {
  transact: (needs: Needs, decide: (state: LoadedState) => Changes) => Promise<void>;
  ping: (at: number) => Promise<void>;
  prune: (request: PruneRequest) => Promise<Pruned>;
  /** Changes of what is kept beside the books. */
  alter: (work: () => void) => Promise<void>;
  clock: () => LedgerClock;
}

/** A call with a body of the longest kind that is kept, and its answer, in bytes. */
const PROBE_BYTES = 64 * 1024;

export function createTransactions(driver: SqliteDriver, guard: FileGuard, warm: WarmRows): Transactions {
  const load = createLoad(driver, createBookStatements(driver), warm);
  const write = createWrite(driver);
  const clocks = createClockStatements(driver);
  const probe = driver.prepare("INSERT OR REPLACE INTO probe VALUES (1, randomblob(?))");
  const pruneRows = createPrune(driver);
  const disk = createDisk(driver);
  let clock = clocks.read();

  /** `next` of what `work` answers is what the clock is after it; `committed` runs before any other transaction. */
  async function run<T extends { readonly next: LedgerClock }>(
    work: () => T,
    committed: (done: T) => void = () => {},
  ): Promise<T> {
    const done = commitNow(work);
    committed(done);
    await disk.sync();
    return done;
  }

  /** Nothing in it waits: whoever comes next sees it done, or not at all. */
  function commitNow<T extends { readonly next: LedgerClock }>(work: () => T): T {
    disk.check();
    try {
      guard.check();
      begin(driver);
      const done = workIn(driver, work);
      commit(driver);
      clock = done.next;
      return done;
    } catch (error) {
      warm.forget();
      throw error;
    }
  }

  return {
    transact: async (needs, decide) => {
      const work = () => {
        const loaded = load(needs, clock);
        const changes = decide(loaded);
        write(changes);
        const next = advance(clock, changes);
        if (changes.clock !== null) clocks.write(next);
        return { next, loaded, changes };
      };
      await run(work, ({ loaded, changes }) => warm.keep(loaded, changes));
    },
    ping: async (at) => {
      await run(() => {
        const next = { ...clock, latestAt: Math.max(clock.latestAt, at) };
        probe.run(PROBE_BYTES);
        clocks.write(next);
        return { next };
      });
    },
    prune: async (request) => {
      const work = () => ({ next: clock, pruned: pruneRows(request, clock.latestAt) });
      const { pruned } = await run(work, warm.forget);
      return pruned;
    },
    alter: async (work) => {
      await run(() => {
        work();
        return { next: clock };
      });
    },
    clock: () => clock,
  };
}

const UNCONFIRMED =
  "The disk did not confirm what was written to the store. Stop this process, look after the disk, and start again.";

/**
 * The end of each transaction. What the disk has not confirmed it may have dropped, and say "synced" the next time (as
 * Linux does after an error): nothing is built on it any more, and the next start reads what is really there.
 */
function createDisk(driver: SqliteDriver): { sync(): Promise<void>; check(): void } {
  let lost: LedgerError | null = null;
  const check = (): void => {
    if (lost !== null) throw lost;
  };
  return {
    check,
    async sync() {
      try {
        await driver.sync();
      } catch (cause) {
        lost ??= new LedgerError("store_unavailable", UNCONFIRMED, { cause });
      }
      check();
    },
  };
}

function advance(clock: LedgerClock, changes: Changes): LedgerClock {
  if (changes.clock === null) return clock;
  return {
    latestAt: changes.clock.at,
    lagMaxMs: Math.max(clock.lagMaxMs, changes.clock.lagMs),
    lastSequence: clock.lastSequence + changes.newCalls.length,
    stops: changes.stops ?? clock.stops,
  };
}

/** All of it, or nothing. */
function workIn<T>(driver: SqliteDriver, work: () => T): T {
  try {
    return work();
  } catch (error) {
    rollBack(driver);
    throw toLedgerError(error);
  }
}

function begin(driver: SqliteDriver): void {
  try {
    driver.exec("BEGIN IMMEDIATE");
  } catch (error) {
    throw unavailable(error);
  }
}

function commit(driver: SqliteDriver): void {
  try {
    driver.exec("COMMIT");
  } catch (error) {
    rollBack(driver);
    throw unavailable(error);
  }
}

function rollBack(driver: SqliteDriver): void {
  try {
    driver.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself after a grave error. If it has not, the next BEGIN fails and says so.
  }
}

function unavailable(cause: unknown): LedgerError {
  return new LedgerError("store_unavailable", "The store could not commit; nothing was admitted.", { cause });
}
