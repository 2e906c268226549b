export type { ApprovalRequest, ApprovalStatus } from "./approval-requests.ts";
export { createEmulatorControl, type EmulatorControl } from "./control.ts";
export type {
  AmountSummary,
  ApprovalRule,
  ClockState,
  CustomerSummary,
  DisputeSpec,
  FaultKind,
  FaultSpec,
  Lag,
  MoneyBooks,
  MovedMoney,
  OpenMoney,
  PayResult,
  PaySpec,
  RequestLog,
  RequestRecord,
  SettleSpec,
  Summary,
} from "./control-types.ts";
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";
export { dashboardPermission, RESTRICTED_PERMISSIONS, type RestrictedPermission } from "./permissions.ts";
export { DEFAULT_CONNECTED_ACCOUNTS, DEFAULT_SEED_CUSTOMERS, type SeedCustomer } from "./seeds.ts";
