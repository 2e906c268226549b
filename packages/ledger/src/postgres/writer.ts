import type { ReservedSql, Sql } from "postgres";
import { LedgerError } from "../errors.ts";
import { connect, type Rows, type Statement } from "./connect.ts";
import { CONNECT_MS, ROUND_TRIP_MS } from "./limits.ts";
import { isDisconnection } from "./to-ledger-error.ts";

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
  const connection = createConnection(url);
  let turn: Promise<void> = Promise.resolve();

  async function reserve(): Promise<Session> {
    const before = turn;
    const { promise, resolve: endTurn } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    try {
      const { reserved, lost, release } = await connection.reserve();
      return {
        ...createSession(reserved, lost, connection.abandon),
        release: () => {
          release();
          endTurn();
        },
      };
    } catch (error) {
      endTurn();
      throw error;
    }
  }

  return { reserve, end: connection.end };
}

interface Reserved {
  readonly reserved: ReservedSql;
  /** Aborted when the connection is gone. */
  readonly lost: AbortSignal;
  readonly release: () => void;
}

interface Connection {
  /** One at a time. */
  reserve(): Promise<Reserved>;
  /** Gives up a connection that does not answer, is broken or has closed: the next to reserve gets a new one. */
  abandon(): void;
  end(): Promise<void>;
}

function createConnection(url: string): Connection {
  /** Lost when its connection closes, whoever closes it. */
  let current: AbortController | null = null;
  let client: Sql | null = null;
  let isConnected = false;
  let isEnded = false;

  function abandon(): void {
    const silent = client;
    client = null;
    isConnected = false;
    current?.abort();
    current = null;
    void silent?.end({ timeout: 0 }).catch(() => {});
  }

  function open(): Sql {
    if (isEnded) throw new LedgerError("store_closed", "The store is closed.");
    if (client !== null) return client;
    const made = connect({
      ...{ url, connections: 1 },
      // A client of 3.4 hands the error that a server ended a connection with to whoever asks next, and never the
      // connection. One that was given up closes later, when another is in use.
      onClose: () => {
        if (client === made) abandon();
      },
    });
    client = made;
    return made;
  }

  /**
   * A client of 3.4 does not hand a connection that it has to make first to who reserves it, so that a query makes it:
   * afterwards it is there to be reserved, in the same turn of the event loop.
   */
  async function connected(): Promise<ReservedSql> {
    const made = open();
    if (!isConnected) await made.unsafe("SELECT 1");
    isConnected = client === made;
    return made.reserve();
  }

  return {
    reserve: async () => {
      // A connection that is closed while it is being made would be tried for ever.
      const reserved = await within(CONNECT_MS, connected(), abandon);
      const loss = new AbortController();
      current = loss;
      const release = (): void => {
        // A lost connection is the client's again already, which may have opened it anew.
        if (!loss.signal.aborted) reserved.release();
        current = null;
      };
      return { reserved, lost: loss.signal, release };
    },
    abandon,
    end: async () => {
      isEnded = true;
      await client?.end({ timeout: 1 });
    },
  };
}

function createSession(
  reserved: ReservedSql,
  lost: AbortSignal,
  abandon: () => void,
): Pick<Session, "send" | "isLost"> {
  return {
    isLost: () => lost.aborted,
    send: async (statements) => {
      if (lost.aborted) throw connectionLost();
      const sent = statements.map(({ sql, values }) => reserved.unsafe(sql, [...values], { prepare: true }));
      try {
        return await within(ROUND_TRIP_MS, unlessLost(lost, allOf(sent)), abandon);
      } catch (error) {
        // Its end may be noticed later than what it did to the statements.
        if (isDisconnection(error) && !lost.aborted) abandon();
        throw error;
      }
    },
  };
}

/** The rows of all, or the first error: at once when the connection is gone, else when all were answered. */
async function allOf(sent: readonly PromiseLike<unknown>[]): Promise<Rows[]> {
  const all = sent.map(async (query) => {
    try {
      return { rows: (await query) as Rows };
    } catch (error) {
      if (isDisconnection(error)) throw error;
      return { error };
    }
  });
  return (await Promise.all(all)).map((answer) => {
    if ("error" in answer) throw answer.error;
    return answer.rows;
  });
}

/** What the client still keeps for a connection that is lost, it never answers. */
async function unlessLost<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: lost, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(connectionLost());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, lost]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** With a code that is none of Postgres's: nothing is known of what was sent. */
function connectionLost(): Error {
  return Object.assign(new Error("The connection to the store was lost."), { code: "CONNECTION_LOST" });
}

/** Rejects when a promise takes longer than it may; `giveUp` ends what it waits for. */
export async function within<T>(ms: number, promise: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new LedgerError("store_unavailable", "The store's database does not answer."));
    }, ms);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
