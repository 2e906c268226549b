import { recoverHolds } from "../ledger.ts";
import type { Store } from "../store.ts";
import { UPKEEP_MS } from "./limits.ts";
import { DEAD_OWNERS, type DeadOwner, FORGET_OWNERS, SERVER_TIME } from "./owners.ts";
import { daysAhead, partitionStatement } from "./partitions.ts";
import type { Reader } from "./reader.ts";
import type { Transactions } from "./transactions.ts";
import { FORGET_TURNS } from "./turns.ts";

/** What a replica does whether it is called or not. */
export interface Upkeep {
  /** Renews the lease, and makes what dead owners hold unknown. */
  run(): Promise<void>;
  /** Stops the schedule, and resolves when what runs has ended. */
  stop(): Promise<void>;
}

/** A reader of the audit may be in the way: a partition has days to wait for, calls have none. */
const NO_WAITING = { sql: "SET LOCAL lock_timeout = 200", values: [] };

export function createUpkeep(store: Store, transactions: Transactions, reader: Reader): Upkeep {
  const made = new Set<number>();
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    await transactions.run([FORGET_OWNERS, FORGET_TURNS]);
    const owners = await reader.rows<DeadOwner>(DEAD_OWNERS);
    if (owners[0] !== undefined) await recoverHolds(store, { owners, now: owners[0].now });
  }

  async function makePartitions(): Promise<void> {
    const [time] = await reader.rows<{ now: number }>(SERVER_TIME);
    const days = daysAhead(time?.now ?? 0).filter((day) => !made.has(day));
    if (days.length === 0) return;
    await transactions.run([NO_WAITING, ...days.map(partitionStatement)]);
    for (const day of days) made.add(day);
  }

  /** Never rejects: what cannot be done now is tried again, and a store that is away shows by its calls. */
  async function all(): Promise<void> {
    await run().catch(() => {});
    await makePartitions().catch(() => {});
  }

  const timer = setInterval(() => {
    running = running.then(all);
  }, UPKEEP_MS).unref();

  return {
    run: async () => {
      await run();
      // Before the first row: what is booked on a day without a partition is not removed with the day.
      await makePartitions().catch(() => {});
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
