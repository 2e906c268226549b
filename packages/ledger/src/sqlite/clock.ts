import type { Stop } from "../types.ts";
import type { SqliteDriver } from "./driver.ts";

/** Ledger time (`LoadedState.now`), and where the order of booking stands. */
export interface LedgerClock {
  /** The latest time that any event brought. */
  readonly latestAt: number;
  /** The most that a call was behind it: bounds how far `at` and the order of booking may differ. */
  readonly lagMaxMs: number;
  /** The newest call's place in the order of booking; 0 when there is none. */
  readonly lastSequence: number;
  /** All that stand. */
  readonly stops: readonly Stop[];
}

interface StoredClock extends Omit<LedgerClock, "stops"> {
  readonly stops: string | null;
}

/** Reads and writes the one row that keeps ledger time. The sequence is read from the calls themselves. */
export function createClockStatements(driver: SqliteDriver): {
  read: () => LedgerClock;
  write: (clock: LedgerClock) => void;
} {
  const select = driver.prepare<StoredClock>(
    `SELECT latest_at AS latestAt, lag_max_ms AS lagMaxMs, stops,
       (SELECT coalesce(max(sequence), 0) FROM calls) AS lastSequence FROM ledger_clock`,
  );
  const update = driver.prepare("UPDATE ledger_clock SET latest_at = ?, lag_max_ms = ?");
  return {
    read: () => {
      const stored = select.get() ?? { latestAt: 0, lagMaxMs: 0, lastSequence: 0, stops: null };
      return { ...stored, stops: stored.stops === null ? [] : JSON.parse(stored.stops) };
    },
    write: ({ latestAt, lagMaxMs }) => update.run(latestAt, lagMaxMs),
  };
}
