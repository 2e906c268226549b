import type { Sql } from "postgres";
import { LedgerError } from "../errors.ts";
import { connect, type Rows, type Statement } from "./connect.ts";
import { ROUND_TRIP_MS } from "./limits.ts";

/** The one connection on which a replica's transactions run, one after the other. */
export interface Writer {
  /** Waits until the transaction before was released. Rejects when there is no connection. */
  reserve(): Promise<Session>;
  end(): Promise<void>;
}

/** The connection while one transaction has it. */
export interface Session {
  /**
   * Sends all statements at once and resolves, in one round trip, with the rows of each. Rejects with the first
   * error. On a connection that is lost nothing is sent: what was meant for a transaction must never run outside.
   */
  send(statements: readonly Statement[]): Promise<Rows[]>;
  isLost(): boolean;
  /** To be called once, whatever became of it. */
  release(): void;
}

export function createWriter(url: string): Writer {
  /** Lost when its connection closes, whoever closes it. */
  let current: { isLost: boolean } | null = null;
  let client: Sql | null = null;
  let isEnded = false;

  const lose = (): void => {
    if (current !== null) current.isLost = true;
    current = null;
  };

  function open(): Sql {
    if (isEnded) throw new LedgerError("store_closed", "The store is closed.");
    client ??= connect({ url, connections: 1, onClose: lose });
    return client;
  }

  /** A connection that does not answer is given up: the next transaction gets a new one. */
  function abandon(): void {
    const silent = client;
    client = null;
    lose();
    void silent?.end({ timeout: 0 });
  }

  let turn: Promise<void> = Promise.resolve();

  async function reserve(): Promise<Session> {
    const before = turn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    try {
      return await openSession(endTurn);
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  async function openSession(endTurn: () => void): Promise<Session> {
    const reserved = await within(open().reserve(), abandon);
    const state = { isLost: false };
    current = state;
    return {
      isLost: () => state.isLost,
      release: () => {
        // A lost connection is the client's again already, which may have opened it anew.
        if (!state.isLost) reserved.release();
        current = null;
        endTurn();
      },
      send: async (statements) => {
        if (state.isLost) throw new LedgerError("store_unavailable", "The connection to the store was lost.");
        const sent = statements.map(({ sql, values }) =>
          reserved.unsafe(sql, [...values], { prepare: true }),
        );
        return within(allOf(sent), abandon);
      },
    };
  }

  return {
    reserve,
    end: async () => {
      isEnded = true;
      await client?.end({ timeout: 1 });
    },
  };
}

/** The rows of all, or the first error once none of them can still be answered. */
async function allOf(sent: readonly PromiseLike<unknown>[]): Promise<Rows[]> {
  const settled = await Promise.allSettled(sent);
  const failed = settled.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settled.map((result) => (result.status === "fulfilled" ? (result.value as Rows) : []));
}

/** Rejects when a promise takes longer than a round trip may; `giveUp` makes that so. */
export async function within<T>(promise: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new LedgerError("store_unavailable", "The store's database does not answer."));
    }, ROUND_TRIP_MS);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
