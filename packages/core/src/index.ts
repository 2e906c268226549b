export { type AdminClient, type AdminClientOptions, createAdminClient } from "./admin/admin-client.ts";
export type {
  ActionFilter,
  AdminActionInfo,
  AdminKeyInfo,
  AdminScope,
  CreateAdminKeyInput,
  IssuedAdminKey,
} from "./admin/admin-key-types.ts";
export type { AdminKeys } from "./admin/admin-keys.ts";
export type {
  BudgetInfo,
  CreateBudgetInput,
  CreateVaultKeyInput,
  IssuedVaultKey,
  Page,
  PageQuery,
  ReconciledCall,
  SettleCallInput,
  UpdateBudgetInput,
  UpdateVaultKeyInput,
  VaultKeyInfo,
  VaultKeyPolicy,
} from "./admin/admin-types.ts";
export type {
  AlertDelivery,
  AlertTargetInfo,
  AlertType,
  CreateAlertTargetInput,
  CreatedAlertTarget,
} from "./admin/alert-types.ts";
export type {
  AnswerApprovalInput,
  ApprovalFilter,
  ApprovalInfo,
  ApprovalPolicy,
  ApprovalPolicyInput,
} from "./admin/approval-types.ts";
export { auditQuery } from "./admin/audit-query.ts";
export type { AuditFilter, AuditRow, CallDecision, CallState } from "./admin/audit-types.ts";
export type { BindInput, MayDelegateInput } from "./admin/bind-types.ts";
export {
  createDelegationClient,
  type DelegateVaultKeyInput,
  type DelegationClient,
  type DelegationClientOptions,
} from "./admin/delegation-client.ts";
export type { VaultKeyLease } from "./admin/lease.ts";
export type { MeInfo, RoleInfo } from "./admin/me-types.ts";
export { POLICY_FIELDS, type PolicyField } from "./admin/policy-fields.ts";
export type { SpendGrouping, SpendInfo, SpendSpan, SpendTotals } from "./admin/spend-types.ts";
export type { StopInfo, StopInput } from "./admin/stop-types.ts";
export type { RotatedVaultKey, VaultKeys } from "./admin/vault-keys.ts";
export { CLIENT_FAILURES, type ClientFailureCode, clientInstruction } from "./codes.ts";
export { currencyDecimals } from "./currencies.ts";
export { isKeybrakeError, KeybrakeError } from "./errors.ts";
export type {
  Approval,
  ApprovalCard,
  Failure,
  Json,
  Outcome,
  OutcomeCode,
  Success,
} from "./outcome.ts";
export { REFUSALS, type RefusalCode, type RefusalKind } from "./refusals.ts";
export { mustAsk, mustAskFor, type WriteInput } from "./run/approval.ts";
export { cardFor, cardOf, executeAsking } from "./run/card.ts";
export type { AdapterOptions, ToolContext, ToolsetOptions } from "./run/options.ts";
export { createRun, type Run, type RunOptions, type RunStop } from "./run/run.ts";
export {
  createToolset,
  type KeybrakeTool,
  type ToolAnnotations,
  type Toolset,
} from "./run/toolset.ts";
export { holdsSecret, redactSecrets } from "./secrets.ts";
export { type AskedAct, foldActs } from "./story/acts.ts";
export { outcomeInWords } from "./story/outcome.ts";
export { type RunStory, storyOfRun } from "./story/run-story.ts";
export { inputJsonSchema } from "./tools/json-schema.ts";
export { type ParsedInput, parseInput } from "./tools/parse-input.ts";
export { type RestrictedKeyPermission, restrictedKeyPermissions } from "./tools/restricted-key.ts";
export {
  ROLE_NAMES,
  ROLES,
  type Role,
  type RoleName,
  type RoleToolName,
  roleOperations,
  TOOLS,
  type ToolInput,
  type ToolName,
  type WriteToolName,
} from "./tools/tools.ts";
export type { FetchLike, Runtime } from "./wire/environment.ts";
