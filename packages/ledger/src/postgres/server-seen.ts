import { LOCK } from "./clock.ts";
import { type Statement, statement } from "./connect.ts";
import type { Reader } from "./reader.ts";
import type { Transactions } from "./transactions.ts";
import type { Session } from "./writer.ts";

/** Whether the books may lack what they have had: they were restored, or their server is another one than it was. */
export interface PastBooks {
  /**
   * The ledger time from which on entries may be missing, for whoever can look up what was done since; null when none is.
   * The same for every replica, until one of them says that nothing is missing any more.
   */
  missingSince(): Promise<number | null>;
  /** What was missing has been entered. Durable when it resolves. */
  noteWhole(): Promise<void>;
}

/**
 * What does not change while the books go on, and of which something changes when they are put back: the cluster (a dump
 * that is restored elsewhere), its timeline (recovery to a point in time; a standby that takes over, which may not have
 * received everything), the database and the table (a dump, or a copy, that takes the place of what was there).
 */
const IDENTITY = statement(
  `SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
     left(pg_walfile_name(pg_current_wal_lsn()), 8),
     (SELECT oid FROM pg_database WHERE datname = current_database()), 'server_seen'::regclass::oid) AS identity`,
);

const NOTE = `INSERT INTO server_seen AS seen VALUES (1, $1::text, NULL) ON CONFLICT (id) DO UPDATE
  SET identity = excluded.identity,
    missing_since = coalesce(seen.missing_since, (SELECT latest_at FROM ledger_clock))
  WHERE seen.identity <> excluded.identity`;

const MISSING = statement(`SELECT missing_since AS "missingSince" FROM server_seen`);
const WHOLE: Statement = { sql: "UPDATE server_seen SET missing_since = NULL", values: [] };

/**
 * To be called at a start, before anything moves ledger time: it is what the books had last. A server that does not say
 * who it is (some that only speak Postgres's protocol) is taken for the one that it was.
 */
export async function noteServer(session: Session): Promise<void> {
  const identity = await identityOf(session);
  if (identity === null) return;
  await session.send([statement("BEGIN"), LOCK, statement(NOTE, identity), statement("COMMIT")]);
}

async function identityOf(session: Session): Promise<string | null> {
  try {
    const [[row] = []] = await session.send([IDENTITY]);
    return typeof row?.identity === "string" ? row.identity : null;
  } catch (error) {
    if (session.isLost()) throw error;
    return null;
  }
}

export function createPastBooks(transactions: Transactions, reader: Reader): PastBooks {
  return {
    missingSince: async () => {
      const [row] = await reader.rows<{ missingSince: number | null }>(MISSING);
      return row?.missingSince ?? null;
    },
    noteWhole: () => transactions.run([WHOLE]),
  };
}
