export type { ActionFilter, AdminAction, AdminBook, AdminKey, AdminScope } from "./admins/admin-book.ts";
export {
  type AlertBook,
  type AlertCursor,
  type AlertDelivery,
  type AlertFiring,
  type AlertMark,
  type AlertTarget,
  type DeliveryOutcome,
  type DeliveryState,
  type RevokedKey,
  type SeenCall,
  type TroubledCall,
  toldOverHold,
  toldRevoked,
  toldUnknown,
} from "./alerts/alert-book.ts";
export {
  type Approval,
  type ApprovalAnswer,
  type ApprovalAnswered,
  type ApprovalCause,
  type ApprovalFilter,
  type ApprovalRequest,
  type ApprovalState,
  type ApprovalStatus,
  approvalStatus,
} from "./approvals.ts";
export {
  type BookState,
  bookExpire,
  bookFits,
  bookHold,
  bookRemainingMicros,
  bookSettle,
} from "./book.ts";
export { CALL_COLUMNS, type CallColumn, type ColumnType } from "./call-columns.ts";
export {
  type AdmissionClaim,
  type AdmissionDecision,
  type AdmissionKey,
  type AdmissionState,
  decideAdmission,
} from "./decide-admission.ts";
export type { Agreed, ApprovalDecision, NotAgreed } from "./decide-approval.ts";
export { decideSettlement, type SettlementDecision, type SettlementState } from "./decide-settlement.ts";
export { endOfSecret, type KeyUser } from "./end-of-key.ts";
export { isLedgerError, LEDGER_ERROR_CODES, LedgerError, type LedgerErrorCode } from "./errors.ts";
export type { BatchRun } from "./group-commit.ts";
export type { Ledger } from "./interface.ts";
export { createLedger, recoverHolds } from "./ledger.ts";
export type { LedgerOptions } from "./ledger-parts.ts";
export {
  APPROVALS_PENDING_MAX,
  BATCH_OPERATIONS_MAX,
  BUDGET_DEPTH_MAX,
  BUDGETS_PER_KEY_MAX,
  DAILY_WINDOW_MS,
  DELEGATED_KEYS_MAX,
  DELEGATION_DEPTH_MAX,
  KEEP_MIN_MS,
  LABELS_MAX,
  PAGE_LIMIT_MAX,
  RATE_WINDOW_MS,
  STOPPED_KEYS_MAX,
  STOPS_MAX,
} from "./limits.ts";
export type { BudgetCreation } from "./plan-budget.ts";
export type { Delegation, DelegationRefusal } from "./plan-delegation.ts";
export type { Owner } from "./plan-recovery.ts";
export type { NewSecret } from "./plan-vault-key.ts";
export {
  type Admission,
  type AdmitRefusal,
  type AdmitRequest,
  type AskedApproval,
  type CallFilter,
  type CapDetail,
  type Claim,
  type ClaimIdentity,
  type ClaimRequest,
  type CountedObject,
  claimIdentity,
  type FirstCall,
  type KeyEnd,
  type Page,
  type PageRequest,
  type RecordRequest,
  type Settled,
  type Settlement,
  type Settler,
  type StoredAnswer,
  type Undone,
  type UnresolvedCall,
  type UnresolvedFilter,
  type UnresolvedSum,
  type VerifyReport,
} from "./requests.ts";
export type { Pruned, PruneRequest } from "./retention.ts";
export {
  type Book,
  type BudgetRow,
  bookId,
  type CallRow,
  type ClaimRow,
  claimId,
  type KeyRow,
  type LoadedBook,
  type NewBudgetRow,
  type NewCall,
  type NewKeyRow,
  type UndoneRow,
} from "./rows.ts";
export type {
  SpendBin,
  SpendBook,
  SpendGrouping,
  SpendPart,
  SpendQuery,
  SpendRead,
  SpendSums,
} from "./spend/spend-book.ts";
export { stopCovers } from "./stops.ts";
export type {
  BookName,
  BudgetUse,
  Changes,
  Difference,
  KeyNeed,
  KeyStanding,
  KeyUse,
  ListedCall,
  LoadedState,
  Needs,
  Rotation,
  SequencePage,
  Store,
  StoreAudit,
  UsableKey,
} from "./store.ts";
export { STORE_FAULTS, type StoreFault, storeFault } from "./store-fault.ts";
export type { Turns } from "./turns.ts";
export type {
  BudgetUsage,
  Call,
  CallDecision,
  CallFacts,
  CallState,
  Labels,
  NewBudget,
  NewVaultKey,
  OwnBudget,
  SettledBy,
  Stop,
  StoppedCaller,
  VaultKey,
  VaultKeyUsage,
} from "./types.ts";
