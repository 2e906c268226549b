import type { LedgerClock } from "./clock.ts";
import { LOCK } from "./clock.ts";
import { type Rows, type Statement, statement } from "./connect.ts";
import { LOCK_WAIT_MS, SILENCE_MS } from "./limits.ts";
import { isDisconnection, isUnknownToServer } from "./to-ledger-error.ts";
import type { Session, Writer } from "./writer.ts";

/** What to write, once everything is loaded; it may look further first. */
export type Work = (session: Session, clock: LedgerClock, loaded: readonly Rows[]) => Promise<Written>;

export interface Written {
  readonly statements: readonly Statement[];
  /** Calls that this owner holds when it is committed, by their sequence. */
  readonly held: readonly number[];
}

/** A commit of which nobody knows whether it was made. */
export interface Doubt {
  readonly batch: number;
  readonly held: readonly number[];
}

/** Nothing is known of a commit, because its answer was lost. */
export class CommitInDoubt extends Error {
  readonly doubt: Doubt;
  constructor(doubt: Doubt, cause: unknown) {
    super("The answer to a commit was lost.", { cause });
    this.doubt = doubt;
  }
}

/** Single transactions of one owner, one after the other. */
export interface Commits {
  /** Two round trips: begin, lock and load; write and commit. Rejects with `CommitInDoubt` when the last answer is lost. */
  attempt(loads: readonly Statement[], work: Work, leaseMs: number): Promise<void>;
  /**
   * Whether the transaction in doubt was made. It is read under the lock, which that transaction has had until it
   * ended, so it cannot be made any more afterwards. If it was, `then` is done in the same transaction.
   */
  wasMade(doubt: Doubt, then?: readonly Statement[]): Promise<boolean>;
}

/**
 * What a session would say for good is said for one transaction (SET LOCAL): a pooler may give the next one another
 * connection. READ COMMITTED, so that every statement after the lock sees what was committed before it was given.
 */
const BEGIN = statement(
  `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = ${LOCK_WAIT_MS};
   SET LOCAL idle_in_transaction_session_timeout = ${SILENCE_MS}`,
);
const COMMIT = statement("COMMIT");
const ROLLBACK = statement("ROLLBACK");

/** A sign of life, and the mark by which this very transaction is found again. */
const RENEW = `INSERT INTO owners (id, lease_ends_at, batch)
  VALUES ($1::text, clock_timestamp() + $2::bigint * interval '1 millisecond', $3::bigint)
  ON CONFLICT (id) DO UPDATE
    SET lease_ends_at = excluded.lease_ends_at, batch = excluded.batch, recovered = false`;
const BATCH = "SELECT batch FROM owners WHERE id = $1::text";

export function createCommits(writer: Writer, owner: string): Commits {
  let batch = 0;

  /** Runs on one connection; the transaction is over afterwards, or the connection is. */
  async function inSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
    const session = await writer.reserve();
    try {
      return await use(session);
    } catch (error) {
      if (!session.isLost()) await session.send([ROLLBACK]).catch(() => {});
      throw error;
    } finally {
      session.release();
    }
  }

  return {
    attempt: (loads, work, leaseMs) =>
      inSession(async (session) => {
        const [, [clock] = [], ...loaded] = await session.send([BEGIN, LOCK, ...loads]);
        const { statements, held } = await work(session, clock as unknown as LedgerClock, loaded);
        const doubt: Doubt = { batch: ++batch, held };
        try {
          await session.send([...statements, statement(RENEW, owner, leaseMs, doubt.batch), COMMIT]);
        } catch (error) {
          if (session.isLost() || isDisconnection(error) || isUnknownToServer(error)) {
            throw new CommitInDoubt(doubt, error);
          }
          throw error;
        }
      }),
    wasMade: (doubt, then = []) =>
      inSession(async (session) => {
        const [, , [mark] = []] = await session.send([BEGIN, LOCK, statement(BATCH, owner)]);
        const isMade = mark?.batch === doubt.batch;
        await session.send(isMade && then.length > 0 ? [...then, COMMIT] : [ROLLBACK]);
        return isMade;
      }),
  };
}
