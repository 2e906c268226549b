export type { AccountOptions } from "./accounts.ts";
export { type BackupHeader, checkBackup } from "./backup/backup-file.ts";
export { type Restored, type RestoreOptions, restoreBackup } from "./backup/restore.ts";
export type { BadConfig, ReadConfig } from "./config/config-read.ts";
export type { Config, SecretPlace } from "./config/config-schema.ts";
export type { Declared, DeclaredTarget } from "./config/declared.ts";
export { describeProblems, readConfig } from "./config/read-config.ts";
export type { Path, Place, Problem as ConfigProblem } from "./config/read-yaml.ts";
export type { OidcOptions, PersonScope } from "./dashboard/oidc/options.ts";
export { createEnvironment, createSteadyClock, type Environment } from "./environment.ts";
export { LIMITS } from "./limits.ts";
export { createLog } from "./log.ts";
export { type Policy, parsePolicy } from "./policy.ts";
export type { DrainOptions } from "./port.ts";
export {
  createProxy,
  type Description,
  type DescriptionProblem,
  declareVendor,
  descriptionJsonSchema,
  type ProxyOptions,
  type ProxyServer,
  type ReadDescription,
  readDescription,
  VENDORS,
} from "./proxy.ts";
export { isProxyError, ProxyError, type ProxyErrorCode } from "./proxy-error.ts";
export { parseRates, type Rates } from "./rates.ts";
export { type Answer, messageOf, type Refusal } from "./refusal.ts";
export type { PastCall } from "./replay/judge-policy.ts";
export {
  type Judgement,
  openReplay,
  type ReadReplayPolicy,
  type ReplayBudget,
  type Replaying,
  readReplayPolicy,
} from "./replay/open-replay.ts";
export type { LocalProxy, RunningEmulator, RunningProxy } from "./running-proxy.ts";
export {
  type DeclaredAccount,
  type LocalProxyOptions,
  type StartProxyOptions,
  startProxy,
} from "./start-proxy.ts";
export { createUndiciUpstream } from "./upstream/undici-upstream.ts";
export type { Upstream, UpstreamRequest, UpstreamResult } from "./upstream/upstream.ts";
export { openVault, type Vault, type VaultOptions } from "./vault/vault.ts";
export type { Act, ActContext } from "./vendors/act.ts";
export type { Comparison, PostedCall, Trace, TracedCall } from "./vendors/trace.ts";
export {
  type Additions,
  type Amount,
  type CredentialKind,
  type CredentialMode,
  type CustomerQuestion,
  type EncodedBody,
  type Headers,
  headerOf,
  type NamedAccount,
  type Operation,
  type PricePlan,
  type Reserved,
  type Route,
  type SimulationContext,
  type Stamp,
  type Unintelligible,
  type Unreadable,
  type Unresolved,
  type UpstreamAnswer,
  type Vendor,
  type VendorRequest,
  type Verdict,
  type VerdictContext,
} from "./vendors/vendor.ts";
