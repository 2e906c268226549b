import type { Sql } from "postgres";
import { connect, type Rows, type Statement, toText } from "./connect.ts";
import { READ_PATIENCE_MS, READERS, ROUND_TRIP_MS } from "./limits.ts";
import { withPatience } from "./patience.ts";
import { toLedgerError } from "./to-ledger-error.ts";
import { within } from "./writer.ts";

/**
 * What is outside any transaction of the books, and so only reads of them: each query sees what is committed when it
 * begins, and may be asked twice.
 */
export interface Reader {
  /** The rows of one query. Rejects with a `LedgerError`. */
  rows<R>(statement: Statement): Promise<readonly R[]>;
  /** Of queries that see one and the same moment. */
  atOneMoment<T>(use: (rows: Reader["rows"]) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

export function createReader(url: string): Reader {
  let client: Sql = connect({ url, connections: READERS });

  /** Connections that do not answer are given up; what else waits on them is refused, too. */
  function giveUp(): void {
    const silent = client;
    client = connect({ url, connections: READERS });
    void silent.end({ timeout: 0 }).catch(() => {});
  }

  async function ask<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await withPatience(READ_PATIENCE_MS, query);
    } catch (error) {
      throw toLedgerError(error);
    }
  }

  const clean = (values: Statement["values"]) =>
    values.map((value) => (typeof value === "string" ? toText(value) : value));

  return {
    rows: <R>({ sql, values }: Statement) =>
      ask(
        async () =>
          (await within(
            ROUND_TRIP_MS,
            client.unsafe(sql, clean(values), { prepare: true }) as Promise<Rows>,
            giveUp,
          )) as unknown as readonly R[],
      ),
    atOneMoment: (use) =>
      ask(async () => {
        const result = await client.begin("ISOLATION LEVEL REPEATABLE READ READ ONLY", (transaction) =>
          use(async <R>({ sql, values }: Statement) => {
            return (await transaction.unsafe(sql, clean(values), {
              prepare: true,
            })) as unknown as readonly R[];
          }),
        );
        // What `use` answers is no list of queries, which is all that the client would have unwrapped.
        return result as Awaited<ReturnType<typeof use>>;
      }),
    end: () => client.end({ timeout: 1 }),
  };
}
