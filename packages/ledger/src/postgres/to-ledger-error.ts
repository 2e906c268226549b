import { isLedgerError, LedgerError } from "../errors.ts";
import { distrust } from "./encryption.ts";

/** SQLSTATE of what Postgres said, or the code of the client's own error; "" without any. */
export function codeOf(error: unknown): string {
  const hasCode = typeof error === "object" && error !== null && "code" in error;
  return hasCode && typeof error.code === "string" ? error.code : "";
}

/** SQLSTATE: nothing of the transaction was done, and it may be done again (serialization_failure, deadlock_detected). */
const REPEATABLE: readonly string[] = ["40001", "40P01"];

export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.includes(codeOf(error));
}

/** SQLSTATE: a server of several machines does not know whether it was done (statement_completion_unknown). */
const UNKNOWN = "40003";

export function isUnknownToServer(error: unknown): boolean {
  return codeOf(error) === UNKNOWN;
}

/** SQLSTATE: the transaction's replica was silent for too long (idle_in_transaction_session_timeout). */
const SILENT = "25P03";

/**
 * Whether the connection is gone or about to be, so that nothing is known of what was sent on it. Classes 08
 * (connection exceptions) and 57P (the server stops), and whatever did not come from the server.
 */
export function isDisconnection(error: unknown): boolean {
  if (isLedgerError(error)) return false;
  const code = codeOf(error);
  return !isSqlState(code) || code.startsWith("08") || code.startsWith("57P") || code === SILENT;
}

function isSqlState(code: string): boolean {
  // Node's own codes of five letters (EPIPE) have no digit.
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
}

/** SQLSTATE: a statement that was prepared on another connection than this (invalid_sql_statement_name, its duplicate). */
const STATEMENT_OF_ANOTHER: readonly string[] = ["26000", "42P05"];

/** Whatever the client threw, as the coded error that a ledger rejects with. Its text names no server and no user. */
export function toLedgerError(error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  const options = { cause: error };
  const code = codeOf(error);
  if (code.startsWith("23")) {
    return new LedgerError("assertion_failed", "The change contradicts the schema.", options);
  }
  if (code.startsWith("22") || code === "54000") {
    return new LedgerError("argument_invalid", "A value is not one that the store can keep.", options);
  }
  if (code === "XX001" || code === "XX002") {
    return new LedgerError("store_corrupt", "The store's database is damaged.", options);
  }
  if (STATEMENT_OF_ANOTHER.includes(code)) {
    const message =
      "A pooler in front of Postgres does not keep prepared statements apart: add prepare=false to the store's URL.";
    return new LedgerError("store_unavailable", message, options);
  }
  const unsafe = distrust(code, error instanceof Error ? error.message : "");
  if (unsafe !== null) return new LedgerError("store_unavailable", unsafe, options);
  return new LedgerError("store_unavailable", "The store's database cannot be read or written.", options);
}
