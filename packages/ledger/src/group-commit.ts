import { type DecidedBatch, decideBatch } from "./batch.ts";
import { asLedgerError, isFaultOfStore, LedgerError } from "./errors.ts";
import { createNeeds, type NeedsDraft } from "./needs.ts";
import type { Plan, PlanState } from "./plan.ts";
import type { Store } from "./store.ts";

/** One change of the books: what it must see, and what becomes of it then. */
export interface Operation<T> {
  readonly declare: (needs: NeedsDraft) => void;
  /** Pure, and run anew when a transaction is. A `LedgerError` that it throws is the operation's own end. */
  readonly plan: (state: PlanState) => Plan<T>;
}

export interface GroupCommitOptions {
  readonly store: Pick<Store, "transact">;
  /** Runs a callback soon, once: when the operations of this turn of the event loop have gathered. */
  readonly schedule: (callback: () => void) => void;
  readonly operationsMax: number;
  /** Called with the calls that a durable transaction answered, before anybody hears. Must not reject. */
  readonly committed: (answered: readonly string[]) => Promise<void> | void;
  /** Told of every transaction, done or failed. Must not throw. */
  readonly ran: (batch: BatchRun) => void;
}

/** One transaction of the group commit, for whoever watches its speed. */
export interface BatchRun {
  /** Operations that shared it. */
  readonly operations: number;
  /** From its begin to its commit, or to its failure. */
  readonly seconds: number;
  readonly isDone: boolean;
}

export interface GroupCommit {
  /** Resolves with the operation's result once it is durable. Rejects when nothing of it is. */
  submit<T>(operation: Operation<T>): Promise<T>;
  /** Refuses what comes from now on (`store_closed`), and resolves when what waits has been run. */
  close(): Promise<void>;
}

interface Waiter {
  readonly declare: (needs: NeedsDraft) => void;
  readonly plan: (state: PlanState) => Plan<unknown>["changes"];
  readonly resolve: () => void;
  readonly reject: (error: LedgerError) => void;
}

/**
 * One transaction at a time for everybody: all operations that wait when it begins share it and its one
 * commit, in the order of their arrival; those that come while it runs wait for the next. An operation whose
 * plan throws fails alone. When a write contradicts the store (no fault of the store's own), nothing of the
 * batch is durable, and each operation then runs in a transaction of its own. Nobody hears of a result
 * before the transaction has.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  let waiting: Waiter[] = [];
  let isScheduled = false;
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();

  function submit<T>(operation: Operation<T>): Promise<T> {
    if (isClosed) return Promise.reject(new LedgerError("store_closed", "The store is closed."));
    return new Promise((resolve, reject) => {
      // A rerun replaces the result of a run that was rolled back.
      let result: T;
      waiting.push({
        declare: operation.declare,
        plan: (state) => {
          const plan = operation.plan(state);
          result = plan.result;
          return plan.changes;
        },
        resolve: () => resolve(result),
        reject,
      });
      schedule();
    });
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    options.schedule(() => {
      void run().then(() => {
        isScheduled = false;
        if (waiting.length > 0) schedule();
      });
    });
  }

  /** Runs one batch, after any that still runs. */
  function run(): Promise<void> {
    running = running.then(async () => {
      const batch = waiting.slice(0, options.operationsMax);
      waiting = waiting.slice(batch.length);
      if (batch.length > 0) await runBatch(options, batch);
    });
    return running;
  }

  async function close(): Promise<void> {
    isClosed = true;
    do await run();
    while (waiting.length > 0);
  }

  return { submit, close };
}

/** One transaction for all; when what they write contradicts the store, one for each. */
async function runBatch(options: GroupCommitOptions, batch: readonly Waiter[]): Promise<void> {
  let decided: DecidedBatch;
  const begun = performance.now();
  const ran = (isDone: boolean) =>
    options.ran({ operations: batch.length, seconds: (performance.now() - begun) / 1000, isDone });
  try {
    decided = await runTransaction(options.store, batch);
    ran(true);
  } catch (thrown) {
    ran(false);
    const error = asLedgerError(thrown);
    if (batch.length > 1 && !isFaultOfStore(error)) {
      for (const waiter of batch) await runBatch(options, [waiter]);
    } else {
      for (const waiter of batch) waiter.reject(error);
    }
    return;
  }
  const { answered } = decided.changes;
  if (answered.length > 0) await options.committed(answered);
  for (const [index, waiter] of batch.entries()) {
    const error = decided.errors[index] ?? null;
    if (error === null) waiter.resolve();
    else waiter.reject(error);
  }
}

async function runTransaction(
  store: Pick<Store, "transact">,
  batch: readonly Waiter[],
): Promise<DecidedBatch> {
  const needs = createNeeds();
  for (const waiter of batch) waiter.declare(needs);
  let decided: DecidedBatch | undefined;
  await store.transact(needs, (state) => {
    decided = decideBatch(
      state,
      batch.map(({ plan }) => plan),
    );
    return decided.changes;
  });
  if (decided === undefined) throw new LedgerError("assertion_failed", "The store decided nothing.");
  return decided;
}
