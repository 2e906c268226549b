import { LedgerError } from "../errors.ts";
import type { SqliteDriver } from "./driver.ts";
import { toLedgerError } from "./to-ledger-error.ts";

export interface GroupCommitOptions<Unit> {
  readonly driver: SqliteDriver;
  /** Runs a callback soon, once: when the operations of this turn of the event loop have gathered. */
  readonly schedule: (callback: () => void) => void;
  readonly operationsMax: number;
  /** A fresh unit of work: what the operations of one transaction share. */
  readonly begin: () => Unit;
  /** Writes what the unit has put off; the last thing inside the transaction. */
  readonly flush: (unit: Unit) => void;
  /** Called when the transaction is durable. Must not throw. */
  readonly committed: (unit: Unit) => void;
}

export interface GroupCommit<Unit> {
  /** Resolves with the operation's result once it is durable. Rejects when nothing of it is. */
  submit<T>(operation: (unit: Unit) => T): Promise<T>;
  /** Runs what waits, then refuses (`store_closed`). */
  close(): void;
}

interface Waiter<Unit> {
  readonly run: (unit: Unit) => void;
  readonly resolve: () => void;
  readonly reject: (error: LedgerError) => void;
}

/**
 * One writer for everybody: all operations that wait when it runs share one transaction and one fsync, in
 * the order of their arrival. An operation that throws rolls the transaction back, and each then runs in one
 * of its own, so that it fails alone. Nobody hears of a result before its COMMIT has returned.
 */
export function createGroupCommit<Unit>(options: GroupCommitOptions<Unit>): GroupCommit<Unit> {
  let waiting: Waiter<Unit>[] = [];
  let isScheduled = false;
  let isClosed = false;

  function submit<T>(operation: (unit: Unit) => T): Promise<T> {
    if (isClosed) return Promise.reject(new LedgerError("store_closed", "The store is closed."));
    return new Promise((resolve, reject) => {
      // A rerun replaces the result of a run that was rolled back.
      let result: T;
      waiting.push({
        run: (unit) => {
          result = operation(unit);
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
      isScheduled = false;
      runNext();
      if (waiting.length > 0) schedule();
    });
  }

  function runNext(): void {
    const batch = waiting.slice(0, options.operationsMax);
    waiting = waiting.slice(batch.length);
    if (batch.length > 0) runBatch(options, batch);
  }

  function close(): void {
    while (waiting.length > 0) runNext();
    isClosed = true;
  }

  return { submit, close };
}

/** One transaction for all; when an operation fails, one for each. */
function runBatch<Unit>(options: GroupCommitOptions<Unit>, batch: readonly Waiter<Unit>[]): void {
  const failure = runTransaction(options, batch);
  if (failure === null) {
    for (const waiter of batch) waiter.resolve();
  } else if (failure.isOfOperation && batch.length > 1) {
    for (const waiter of batch) runBatch(options, [waiter]);
  } else {
    for (const waiter of batch) waiter.reject(failure.error);
  }
}

interface Failure {
  readonly error: LedgerError;
  /** False: BEGIN or COMMIT failed, which is nobody's fault and would fail for each as for all. */
  readonly isOfOperation: boolean;
}

function runTransaction<Unit>(
  { driver, begin, flush, committed }: GroupCommitOptions<Unit>,
  batch: readonly Waiter<Unit>[],
): Failure | null {
  let unit: Unit;
  try {
    driver.exec("BEGIN IMMEDIATE");
  } catch (error) {
    return { error: unavailable(error), isOfOperation: false };
  }
  try {
    unit = begin();
    for (const waiter of batch) waiter.run(unit);
    flush(unit);
  } catch (error) {
    rollBack(driver);
    return { error: toLedgerError(error), isOfOperation: true };
  }
  try {
    driver.exec("COMMIT");
  } catch (error) {
    rollBack(driver);
    return { error: unavailable(error), isOfOperation: false };
  }
  committed(unit);
  return null;
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
