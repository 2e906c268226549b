export { type AdminClient, type AdminClientOptions, createAdminClient } from "./admin-client.ts";
export type {
  AuditFilter,
  AuditRow,
  BudgetInfo,
  CreateVaultKeyInput,
  IssuedVaultKey,
  Page,
  PageQuery,
  VaultKeyInfo,
  VaultKeyPolicy,
} from "./admin-types.ts";
export { mustAsk, mustAskFor, type WriteInput } from "./approval.ts";
export type { FetchLike, Runtime } from "./environment.ts";
export { isKeybrakeError, KeybrakeError } from "./errors.ts";
export { inputJsonSchema, type ToolInput } from "./inputs.ts";
export type { VaultKeyLease } from "./lease.ts";
export type { AdapterOptions, ToolContext, ToolsetOptions } from "./options.ts";
export {
  type Approval,
  CLIENT_FAILURES,
  type ClientFailureCode,
  type Failure,
  type Json,
  type Outcome,
  type OutcomeCode,
  type Success,
} from "./outcome.ts";
export { type ParsedInput, parseInput } from "./parse-input.ts";
export { REFUSALS, type Refusal, type RefusalCode } from "./refusals.ts";
export {
  type RestrictedKeyPermission,
  ROLE_NAMES,
  ROLES,
  type Role,
  restrictedKeyPermissions,
  roleOperations,
  TOOLS,
  type ToolName,
} from "./roles.ts";
export { createRun, type Run, type RunOptions, type RunStop } from "./run.ts";
export {
  createToolset,
  type KeybrakeTool,
  type RoleToolName,
  type ToolAnnotations,
  type Toolset,
  type WriteToolName,
} from "./toolset.ts";
