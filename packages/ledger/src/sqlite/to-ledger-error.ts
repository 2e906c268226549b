import { isLedgerError, LedgerError } from "../errors.ts";

/** SQLite's primary result codes that mean something of their own here (sqlite.org/rescode.html). */
const BUSY = 5;
const CORRUPT = 11;
const CONSTRAINT = 19;
const TOO_BIG = 18;
const NOT_A_DATABASE = 26;

/** Whatever a driver threw, as the coded error that a ledger rejects with. */
export function toLedgerError(error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  const options = { cause: error };
  if (error instanceof TypeError || error instanceof RangeError) {
    return new LedgerError("assertion_failed", "A value is not one that the store can keep.", options);
  }
  // The low byte is the primary code; the rest says more of the same.
  switch (sqliteCode(error) & 0xff) {
    case BUSY:
      return new LedgerError("store_in_use", "Another process has the store open.", options);
    case CORRUPT:
      return new LedgerError("store_corrupt", "The store's file is damaged.", options);
    case NOT_A_DATABASE:
      return new LedgerError("store_corrupt", "The store's file is not a SQLite database.", options);
    case CONSTRAINT:
      return new LedgerError("assertion_failed", "The change contradicts the schema.", options);
    case TOO_BIG:
      return new LedgerError("argument_invalid", "A value is larger than the store can keep.", options);
    default:
      return new LedgerError("store_unavailable", "The store cannot be read or written.", options);
  }
}

function sqliteCode(error: unknown): number {
  const hasCode = typeof error === "object" && error !== null && "errcode" in error;
  return hasCode && typeof error.errcode === "number" ? error.errcode : 0;
}

/** A query, with the errors of the interface. */
export async function read<T>(query: () => T): Promise<T> {
  try {
    return query();
  } catch (error) {
    throw toLedgerError(error);
  }
}
