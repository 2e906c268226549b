import type { SqliteDriver } from "./driver.ts";

/** Ledger time (`LoadedState.now`), and where the order of booking stands. */
export interface LedgerClock {
  /** The latest time that any event brought. */
  readonly latestAt: number;
  /** The most that a call was behind it: bounds how far `at` and the order of booking may differ. */
  readonly lagMaxMs: number;
  /** The newest call's place in the order of booking; 0 when there is none. */
  readonly lastSequence: number;
}

/** Reads and writes the one row that keeps ledger time. The sequence is read from the calls themselves. */
export function createClockStatements(driver: SqliteDriver): {
  read: () => LedgerClock;
  write: (clock: LedgerClock) => void;
} {
  const select = driver.prepare<LedgerClock>(
    `SELECT latest_at AS latestAt, lag_max_ms AS lagMaxMs,
       (SELECT coalesce(max(sequence), 0) FROM calls) AS lastSequence FROM ledger_clock`,
  );
  const update = driver.prepare("UPDATE ledger_clock SET latest_at = ?, lag_max_ms = ?");
  return {
    read: () => ({ latestAt: 0, lagMaxMs: 0, lastSequence: 0, ...select.get() }),
    write: ({ latestAt, lagMaxMs }) => update.run(latestAt, lagMaxMs),
  };
}
