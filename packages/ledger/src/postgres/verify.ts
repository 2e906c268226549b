import { bookName, COUNTERS, HOLDS, overruns, postings, TOTALS } from "../audit-queries.ts";
import type { BookName, Difference, StoreAudit } from "../store.ts";
import type { Reader } from "./reader.ts";

interface Row {
  readonly bookId: number;
  readonly counted: number;
  readonly actual: number;
}

type Totals = Pick<StoreAudit, "calls" | "heldMicros" | "postedMicros" | "unknownMicros" | "awaitingMicros">;

const NO_TOTALS: Totals = {
  calls: 0,
  heldMicros: 0,
  postedMicros: 0,
  unknownMicros: 0,
  awaitingMicros: 0,
};

const LATEST = "SELECT latest_at FROM ledger_clock";
const POSTINGS = postings(`(${LATEST})`);
const OVERRUNS = overruns(`greatest((${LATEST}), $1::bigint)`);
const NAME = bookName("$1::bigint");

/** `Store.audit`: recomputes every counter from the calls, as all of it was at one moment. */
export function audit(reader: Reader, at: number): Promise<StoreAudit> {
  return reader.atOneMoment(async (rows) => {
    const nameOf = async (id: number): Promise<BookName> => {
      const [name] = await rows<BookName>({ sql: NAME, values: [id] });
      return name ?? { name: null, vaultKeyId: null, simulate: false };
    };
    const differences = async <R extends Row>(
      sql: string,
      ...values: number[]
    ): Promise<(Omit<R, "bookId"> & Difference)[]> => {
      const named: (Omit<R, "bookId"> & Difference)[] = [];
      for (const { bookId, ...row } of await rows<R>({ sql, values })) {
        named.push({ ...row, book: await nameOf(bookId) });
      }
      return named;
    };
    const [totals = NO_TOTALS] = await rows<Totals>({ sql: TOTALS, values: [] });
    return {
      ...totals,
      holds: await differences(HOLDS),
      counters: await differences(COUNTERS),
      postings: await differences<Row & { postedAt: number }>(POSTINGS),
      overruns: await differences(OVERRUNS, at),
    };
  });
}
