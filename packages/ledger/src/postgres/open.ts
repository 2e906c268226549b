import { randomUUID } from "node:crypto";
import { createAdminBook } from "../admins/create-admin-book.ts";
import { createAlertBook } from "../alerts/create-alert-book.ts";
import { correctionStatements } from "../correct-clock.ts";
import type { Ledger } from "../interface.ts";
import { clockError, judgeClock, type MachineClock } from "../judge-clock.ts";
import { createLedger } from "../ledger.ts";
import { createSpendBook } from "../spend/create-spend-book.ts";
import type { Store } from "../store.ts";
import { createFollowing } from "./answers.ts";
import { LOCK } from "./clock.ts";
import { statement } from "./connect.ts";
import { migrate } from "./migrate.ts";
import { createPrune } from "./prune.ts";
import { createReader } from "./reader.ts";
import { createSealedTexts, type SealedTexts } from "./sealed.ts";
import { createPastBooks, noteServer, type PastBooks } from "./server-seen.ts";
import { createPostgresSql } from "./side-sql.ts";
import { createPostgresStore } from "./store.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import { createTransactions } from "./transactions.ts";
import { createTurns } from "./turns.ts";
import { createUpkeep } from "./upkeep.ts";
import { createWriter, type Session, type Writer } from "./writer.ts";

export interface OpenPostgresStoreOptions {
  /**
   * `postgres://user:password@host:port/database`. `sslmode=require` encrypts, `sslmode=verify-full` also makes sure
   * who answers, by the authorities in the file that `sslrootcert` names or, without one, those that Node knows;
   * `prepare=false` is for poolers that do not keep prepared statements apart, and `listen=host:port` says where
   * Postgres itself is behind a pooler. Never shown in an error.
   */
  readonly url: string;
  /** Compared with the last entry of the books, and noted; not looked at unless told. */
  readonly clock?: MachineClock | undefined;
}

export interface OpenPostgresLedgerOptions<P = unknown> extends OpenPostgresStoreOptions {
  /** See `LedgerOptions.parsePolicy`; policies are shown as they were stored unless told. */
  readonly parsePolicy?: (stored: unknown) => P;
  /** When the writer runs after the first operation of a batch; once per turn of the event loop unless told. */
  readonly schedule?: (callback: () => void) => void;
}

/** The store, and who this process is in it: its lease is renewed for that owner. */
export interface PostgresStore extends Store, SealedTexts, PastBooks {
  readonly owner: string;
}

/**
 * Opens the books in one Postgres database, which any number of processes share: each is an owner with a lease, and
 * when one is gone for longer than that, what it held becomes unknown. Rejects with `argument_invalid`,
 * `store_foreign`, `schema_too_new` or `store_unavailable`; with a `clock`, `clock_behind` or `clock_ahead`.
 */
export function openPostgresLedger<P>(
  options: OpenPostgresLedgerOptions<P> & { readonly parsePolicy: (stored: unknown) => P },
): Promise<Ledger<P>>;
export function openPostgresLedger(options: OpenPostgresLedgerOptions): Promise<Ledger>;
export async function openPostgresLedger(options: OpenPostgresLedgerOptions): Promise<Ledger> {
  const store = await openPostgresStore(options);
  const { parsePolicy = (stored) => stored, schedule } = options;
  return createLedger(store, { owner: store.owner, parsePolicy, schedule });
}

/** The store alone, for a ledger with other options. */
export async function openPostgresStore({ url, clock }: OpenPostgresStoreOptions): Promise<PostgresStore> {
  const writer = createWriter(url);
  const reader = createReader(url);
  const owner = randomUUID();
  const following = createFollowing(url, owner);
  const disconnect = async (): Promise<void> => {
    await Promise.allSettled([writer.end(), reader.end(), following.end()]);
  };
  try {
    await prepare(writer, clock);
    const transactions = createTransactions(writer, owner);
    const pruning = createPrune(url, transactions);
    const side = createPostgresSql(transactions, reader);
    const store = createPostgresStore(
      transactions,
      reader,
      {
        follow: following.follow,
        prune: pruning.run,
        turns: createTurns(reader, owner),
        alerts: createAlertBook(side),
        admins: createAdminBook(side),
        spend: createSpendBook(side),
      },
      async () => {
        await upkeep.stop();
        // A server that is away hears of it by the end of the lease.
        await transactions.leave().catch(() => {});
        await disconnect();
      },
    );
    const upkeep = createUpkeep(store, transactions, reader);
    await upkeep.run();
    if (clock !== undefined) await store.ping(clock.now);
    const past = createPastBooks(transactions, reader);
    return { ...store, ...createSealedTexts(transactions), ...past, owner };
  } catch (error) {
    await disconnect();
    throw toLedgerError(error);
  }
}

async function prepare(writer: Writer, clock: MachineClock | undefined): Promise<void> {
  const session = await writer.reserve();
  try {
    await migrate(session);
    await noteServer(session);
    if (clock !== undefined) await fitClock(session, clock);
  } finally {
    session.release();
  }
}

const BEGIN = statement("BEGIN");
const COMMIT = statement("COMMIT");
const ROLLBACK = statement("ROLLBACK");

/** Where rows are, once their time of booking was corrected. */
const FOLLOW = ["call_ids", "claims"].map((table) =>
  statement(
    `UPDATE ${table} p SET booked_at = calls.booked_at FROM calls
       WHERE calls.sequence = p.sequence AND calls.booked_at <> p.booked_at`,
  ),
);

/** Throws when the clock does not fit the books, unless it is right: then the books are made to fit it. */
async function fitClock(session: Session, { now, isRight }: MachineClock): Promise<void> {
  const [, [row] = []] = await session.send([BEGIN, LOCK]);
  const latestAt = Number(row?.latestAt ?? 0);
  const verdict = judgeClock(latestAt, now);
  const corrections = correctionStatements(now).map((sql) => statement(sql));
  const isCorrected = verdict === "behind" && isRight;
  await session.send(isCorrected ? [...corrections, ...FOLLOW, COMMIT] : [ROLLBACK]);
  if (verdict !== "fits" && !isRight) throw clockError(verdict, latestAt, now);
}
