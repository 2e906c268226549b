import { bookName, COUNTERS, HOLDS, overruns, postings, TOTALS } from "../audit-queries.ts";
import type { BookName, Difference, StoreAudit } from "../store.ts";
import type { LedgerClock } from "./clock.ts";
import type { SqliteDriver } from "./driver.ts";

interface Row {
  readonly bookId: number;
  readonly counted: number;
  readonly actual: number;
}

/** `Store.audit`: recomputes every counter from the calls. `at` is ledger time or later. */
export function audit(driver: SqliteDriver, clock: LedgerClock, at: number): StoreAudit {
  const nameOf = createBookNames(driver);
  const named = <R extends Row>({ bookId, ...row }: R): Omit<R, "bookId"> & Difference => ({
    ...row,
    book: nameOf(bookId),
  });
  const totals = driver
    .prepare<Pick<StoreAudit, "calls" | "heldMicros" | "postedMicros" | "unknownMicros" | "awaitingMicros">>(
      TOTALS,
    )
    .get();
  return {
    calls: 0,
    heldMicros: 0,
    postedMicros: 0,
    unknownMicros: 0,
    awaitingMicros: 0,
    ...totals,
    holds: driver.prepare<Row>(HOLDS).all().map(named),
    counters: driver.prepare<Row>(COUNTERS).all().map(named),
    // What has left by ledger time may be gone; a later moment has deleted nothing yet.
    postings: driver.prepare<Row & { postedAt: number }>(postings("?")).all(clock.latestAt).map(named),
    overruns: driver.prepare<Row>(overruns("?")).all(at).map(named),
  };
}

function createBookNames(driver: SqliteDriver): (id: number) => BookName {
  const select = driver.prepare<{ name: string | null; vaultKeyId: string | null; simulate: number }>(
    bookName("?"),
  );
  return (id) => {
    const row = select.get(id);
    return {
      name: row?.name ?? null,
      vaultKeyId: row?.vaultKeyId ?? null,
      simulate: row?.simulate === 1,
    };
  };
}
