export { createEmulatorControl, type EmulatorControl } from "./control.ts";
export type {
  AmountSummary,
  CustomerSummary,
  FaultKind,
  FaultSpec,
  RequestLog,
  RequestRecord,
  Summary,
} from "./control-types.ts";
export { type Emulator, type EmulatorOptions, startEmulator } from "./emulator.ts";
export { dashboardPermission, RESTRICTED_PERMISSIONS, type RestrictedPermission } from "./permissions.ts";
export { DEFAULT_SEED_CUSTOMERS, type SeedCustomer } from "./seeds.ts";
