import { setTimeout as wait } from "node:timers/promises";
import type { Sql } from "postgres";
import { LedgerError } from "../errors.ts";
import { PRUNE_ROWS_MAX } from "../limits.ts";
import { IS_PENDING, isEntry, oldApprovals, type Pruned, type PruneRequest } from "../retention.ts";
import { connect, type Statement, statement } from "./connect.ts";
import { PRUNE_TRIES, RETRY_AFTER_MS } from "./limits.ts";
import { DAY_MS } from "./partitions.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import type { Transactions } from "./transactions.ts";

/*
 * A day at a time: what must be kept of it is copied into a partition that takes the day's place, and the old one is
 * dropped. A day with something in it that is not settled waits: so nothing of a day that is copied can change. All but
 * the change of places happens on a connection of its own, beside the books' transactions.
 */

const KEPT = "_kept";

/** Partitions of days that no copy has taken the place of, oldest first. */
const DAYS = `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'calls'::regclass AND c.relname ~ '^calls_[0-9]{8}$' ORDER BY c.relname`;

/** "KYBP": whoever prunes has this advisory lock until the transaction ends. */
const PRUNE_LOCK = 0x4b594250;

const DELETE_APPROVALS = `DELETE FROM approvals WHERE sequence IN (${oldApprovals("$1::bigint")})`;

const HAS_CLAIM = "EXISTS (SELECT 1 FROM claims WHERE claims.sequence = calls.sequence)";

/** The day of a partition by its name, in milliseconds since the Unix epoch. */
function startOf(name: string): number {
  const [, year, month, day] = /^calls_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
}

export interface Prune {
  run(request: PruneRequest): Promise<Pruned>;
}

export function createPrune(url: string, transactions: Transactions): Prune {
  async function keptFrom(client: Sql, { now, keepMs }: PruneRequest): Promise<number> {
    const [clock] = await client.unsafe("SELECT latest_at FROM ledger_clock");
    return Math.min(now, Number(clock?.latest_at)) - keepMs;
  }

  async function daysBefore(client: Sql, before: number): Promise<string[]> {
    const names = (await client.unsafe(DAYS)).map(({ name }) => String(name));
    return names.filter((name) => startOf(name) + DAY_MS <= before);
  }

  /** The rows of the day that are gone; null when it has to wait. */
  async function pruneDay(client: Sql, day: string): Promise<number | null> {
    const copied = await client.begin((transaction) => copyDay(transaction, day));
    if (copied === null) return null;
    await client.unsafe(forgetIds(day));
    await replace(transactions, day, copied.kept > 0);
    return copied.all - copied.kept;
  }

  return {
    run: async (request) => {
      const client = connect({ url, connections: 1 });
      try {
        const before = await keptFrom(client, request);
        // No batch writes them any more.
        const { count: approvals } = await client.unsafe(DELETE_APPROVALS, [before]);
        if (approvals === PRUNE_ROWS_MAX) return { removed: approvals, isMore: true };
        const days = await daysBefore(client, before);
        for (const [index, day] of days.entries()) {
          const removed = await pruneDay(client, day);
          if (removed !== null) return { removed: approvals + removed, isMore: index + 1 < days.length };
        }
        return { removed: approvals, isMore: false };
      } catch (error) {
        throw toLedgerError(error);
      } finally {
        await client.end({ timeout: 1 }).catch(() => {});
      }
    },
  };
}

interface Copied {
  readonly all: number;
  readonly kept: number;
}

/** Copies what is kept of a day, with its indexes; null when somebody else does, or when something in it may change. */
async function copyDay(transaction: Pick<Sql, "unsafe">, day: string): Promise<Copied | null> {
  const [lock] = await transaction.unsafe(`SELECT pg_try_advisory_xact_lock(${PRUNE_LOCK}) AS mine`);
  const [state] = await transaction.unsafe(
    `SELECT count(*) AS all, coalesce(bool_or(${IS_PENDING}), false) AS "isOpen" FROM ${day} calls`,
  );
  if (lock?.mine !== true || state?.isOpen !== false) return null;
  const [from, to] = [startOf(day), startOf(day) + DAY_MS];
  await transaction.unsafe(`DROP TABLE IF EXISTS ${day}${KEPT}`);
  await transaction.unsafe(`CREATE TABLE ${day}${KEPT} (LIKE ${day} INCLUDING ALL,
    CONSTRAINT ${day}_day CHECK (booked_at >= ${from} AND booked_at < ${to}))`);
  const { count } = await transaction.unsafe(
    `INSERT INTO ${day}${KEPT} SELECT calls.* FROM ${day} calls WHERE ${isEntry(HAS_CLAIM)}`,
  );
  await transaction.unsafe(`ANALYZE ${day}${KEPT}`);
  return { all: Number(state?.all), kept: count };
}

/** What is said of the day's rows elsewhere: the answers of all, and the ids of those that go. */
function forgetIds(day: string): string {
  return `DELETE FROM answers USING ${day} d WHERE answers.call = d.sequence;
    DELETE FROM call_ids USING ${day} d WHERE call_ids.call_id = d.call_id
      AND NOT EXISTS (SELECT 1 FROM ${day}${KEPT} k WHERE k.sequence = d.sequence)`;
}

/** A reader of the audit may be in the way: it is tried again, and calls wait for no more than this. */
const NO_WAITING = statement("SET LOCAL lock_timeout = 200");

async function replace(transactions: Transactions, day: string, hasKept: boolean): Promise<void> {
  const [from, to] = [startOf(day), startOf(day) + DAY_MS];
  const kept = hasKept
    ? `ALTER TABLE calls ATTACH PARTITION ${day}${KEPT} FOR VALUES FROM (${from}) TO (${to})`
    : `DROP TABLE ${day}${KEPT}`;
  const statements: Statement[] = [
    NO_WAITING,
    statement(`ALTER TABLE calls DETACH PARTITION ${day}`),
    statement(kept),
    statement(`DROP TABLE ${day}`),
  ];
  for (let tries = 1; ; tries++) {
    try {
      return await transactions.run(statements);
    } catch (error) {
      if (tries === PRUNE_TRIES || !(error instanceof LedgerError)) throw error;
    }
    await wait(RETRY_AFTER_MS);
  }
}
