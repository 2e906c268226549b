/**
 * Everything the ledger throws. Expected refusals are values (`Admission`); these are broken callers and
 * broken worlds.
 *
 * - `argument_invalid`: a value that the interface does not allow; nothing was read or written.
 * - `assertion_failed`: the books would have become wrong; the change was rolled back.
 * - `call_in_flight`: it is being sent, or was sent again; what was found out before says nothing about that.
 * - `call_already_settled`, `call_exists`, `call_not_found`: an outcome is never overwritten, a row never doubled.
 * - `clock_ahead`, `clock_behind`: the machine's clock is far from the last entry of the books (`judgeClock`).
 * - `cursor_invalid`: not a `nextCursor` of this list.
 * - `schema_too_new`: a newer version of this package wrote the store.
 * - `settlement_invalid`: the settlement contradicts the hold (a costly hold settled as a read).
 * - `store_closed`, `store_corrupt`, `store_foreign` (another program's file), `store_in_use` (another process
 *   has it open), `store_unavailable` (it cannot be read or written; nothing may be assumed admitted).
 * - `vault_key_exists`, `vault_key_not_found`.
 */
export const LEDGER_ERROR_CODES = [
  "argument_invalid",
  "assertion_failed",
  "call_already_settled",
  "call_exists",
  "call_in_flight",
  "call_not_found",
  "clock_ahead",
  "clock_behind",
  "cursor_invalid",
  "schema_too_new",
  "settlement_invalid",
  "store_closed",
  "store_corrupt",
  "store_foreign",
  "store_in_use",
  "store_unavailable",
  "vault_key_exists",
  "vault_key_not_found",
] as const;

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** Registered, so that two copies of this package recognise each other's errors. */
const MARKER = Symbol.for("keybrake.ledger.error");

/** The one class of error that a ledger throws or rejects with. Recognise it with `isLedgerError`. */
export class LedgerError extends Error {
  readonly [MARKER] = true;
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LedgerError";
    this.code = code;
  }
}

/** Whether a value is a `LedgerError`, of whatever copy of this package. */
export function isLedgerError(value: unknown): value is LedgerError {
  return typeof value === "object" && value !== null && MARKER in value;
}

const FAULTS_OF_STORE: ReadonlySet<LedgerErrorCode> = new Set([
  "store_closed",
  "store_corrupt",
  "store_in_use",
  "store_unavailable",
]);

/** Whether it would have happened to any operation: the store's own fault, not that of what was asked. */
export function isFaultOfStore(error: LedgerError): boolean {
  return FAULTS_OF_STORE.has(error.code);
}

/** Whatever a plan threw, as a `LedgerError`: what is none of ours is a mistake in this package. */
export function asLedgerError(error: unknown): LedgerError {
  if (isLedgerError(error)) return error;
  return new LedgerError("assertion_failed", "The change could not be worked out.", { cause: error });
}

/** The books' own checks, on in production: a failed one rolls its transaction back. */
export function assertBooks(condition: boolean, message: string): asserts condition {
  if (!condition) throw new LedgerError("assertion_failed", `The books would become wrong: ${message}.`);
}
