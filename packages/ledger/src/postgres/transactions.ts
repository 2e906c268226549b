import { LedgerError } from "../errors.ts";
import type { Changes, LoadedState, Needs } from "../store.ts";
import { notices } from "./answers.ts";
import { advance, noteTime } from "./clock.ts";
import { CommitInDoubt, createCommits, type Doubt, type Work } from "./commits.ts";
import { type Rows, type Statement, statement } from "./connect.ts";
import { LEASE_MS, PATIENCE_MS, PROBE_BYTES } from "./limits.ts";
import { createLoad } from "./load.ts";
import { disownAll } from "./owners.ts";
import { createTurns, isPassing, withPatience } from "./patience.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import { disown, heldBy, writeStatements } from "./write.ts";
import type { Writer } from "./writer.ts";

export interface Transactions {
  transact(needs: Needs, decide: (state: LoadedState) => Changes): Promise<void>;
  ping(at: number): Promise<void>;
  /** Any other statements, or none, as one transaction, which renews the owner's lease as every other does. */
  run(statements: readonly Statement[]): Promise<void>;
  /** As `run`, of what is decided by the rows of a query, read under the lock. `decide` may be asked again. */
  decideOn(query: Statement, decide: (rows: Rows) => readonly Statement[]): Promise<void>;
  /** The owner's last transaction: what it still holds is unknown, and its lease has ended. */
  leave(): Promise<void>;
}

type Run = (loads: () => readonly Statement[], work: Work, leaseMs?: number) => Promise<void>;

/** A commit in doubt, until somebody has found out. */
interface Open {
  readonly doubt: Doubt;
  /** Null while nobody knows. */
  isMade: boolean | null;
  /** Whoever asked has been told that nothing was admitted: that must be made true. */
  isGivenUp: boolean;
}

/**
 * Tries a transaction until it is done, is known to be impossible, or has taken too long. What is known not to have
 * been done is done again. When a commit's answer was lost, the owner's mark says whether it was made: whoever is next
 * reads it, since the next commit replaces it.
 */
function createRun(writer: Writer, owner: string): Run {
  const commits = createCommits(writer, owner);
  const inTurn = createTurns();
  let open: Open | null = null;

  /** What was given up on and was made after all is nobody's: it was never sent, or its settlement stands. */
  async function findOut(): Promise<void> {
    while (open !== null) {
      const { doubt, isGivenUp }: Open = open;
      const isMade = await commits.wasMade(doubt, isGivenUp ? [disown(owner, doubt.held)] : []);
      // Given up on in the meantime: once more.
      if (open.isGivenUp !== isGivenUp) continue;
      open.isMade = isMade;
      open = null;
    }
  }

  return async (loads, work, leaseMs = LEASE_MS) => {
    let mine: Open | null = null;
    const attempt = async (): Promise<void> => {
      await findOut();
      if (mine?.isMade === true) return;
      try {
        await commits.attempt(loads(), work, leaseMs);
      } catch (error) {
        if (error instanceof CommitInDoubt) {
          mine = { doubt: error.doubt, isMade: null, isGivenUp: false };
          open = mine;
        }
        throw error;
      }
    };
    try {
      await withPatience(PATIENCE_MS, () => inTurn(attempt));
    } catch (error) {
      const doubted = mine as Open | null;
      if (doubted?.isMade === true) return;
      if (doubted !== null) doubted.isGivenUp = true;
      throw isPassing(error) ? unavailable(error) : toLedgerError(error);
    }
  };
}

/** The transactions of one owner. */
export function createTransactions(writer: Writer, owner: string): Transactions {
  const run = createRun(writer, owner);
  /** The latest ledger time that was seen: where a transaction looks at first. */
  let seenAt = 0;
  return {
    transact: (needs, decide) => {
      const load = createLoad(needs);
      return run(
        () => load.statements(seenAt),
        async (session, clock, loaded) => {
          seenAt = Math.max(seenAt, clock.latestAt);
          const { state, places } = await load.read(session, clock, loaded);
          const changes = decide(state);
          const statements = [
            ...writeStatements(changes, advance(clock, changes), places),
            ...notices(owner, changes.answered),
          ];
          return { statements, held: heldBy(changes, owner) };
        },
      );
    },
    ping: (at) => run(NOTHING, async () => ({ statements: [PROBE, noteTime(at)], held: [] })),
    run: (statements) => run(NOTHING, async () => ({ statements, held: [] })),
    decideOn: (query, decide) =>
      run(
        () => [query],
        async (_session, _clock, [rows = []]) => ({ statements: decide(rows), held: [] }),
      ),
    leave: () => run(NOTHING, async () => ({ statements: [disownAll(owner)], held: [] }), 0),
  };
}

const NOTHING = (): readonly Statement[] => [];

const PROBE = statement(
  `INSERT INTO probe VALUES (1, repeat('0', ${PROBE_BYTES})) ON CONFLICT (id) DO UPDATE SET filler = excluded.filler`,
);

function unavailable(cause: unknown): LedgerError {
  return new LedgerError("store_unavailable", "The store could not commit; nothing was admitted.", { cause });
}
