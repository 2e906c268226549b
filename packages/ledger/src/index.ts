export { type BudgetState, budgetFits, budgetRemainingCents } from "./budget.ts";
export {
  type AdmissionClaim,
  type AdmissionDecision,
  type AdmissionKey,
  type AdmissionState,
  decideAdmission,
} from "./decide-admission.ts";
export { decideSettlement, type SettlementDecision, type SettlementState } from "./decide-settlement.ts";
export { isLedgerError, LEDGER_ERROR_CODES, LedgerError, type LedgerErrorCode } from "./errors.ts";
export { BATCH_OPERATIONS_MAX, PAGE_LIMIT_MAX, RATE_WINDOW_MS } from "./limits.ts";
export {
  type OpenSqliteDriver,
  openNodeSqlite,
  type SqliteDriver,
  type SqliteStatement,
  type SqliteValue,
} from "./sqlite/driver.ts";
export { type OpenSqliteLedgerOptions, openSqliteLedger } from "./sqlite/open.ts";
export {
  type Admission,
  type AdmitRefusal,
  type AdmitRequest,
  BUDGET_WINDOW_MS,
  type BudgetUsage,
  type Call,
  type CallDecision,
  type CallFacts,
  type CallFilter,
  type CallState,
  type CapDetail,
  type Claim,
  type ClaimRequest,
  type Ledger,
  type NewVaultKey,
  type Page,
  type PageRequest,
  type RecordRequest,
  type Settlement,
  type StoredAnswer,
  type VaultKey,
  type VaultKeyUsage,
  type VerifyReport,
} from "./types.ts";
