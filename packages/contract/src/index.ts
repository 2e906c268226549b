export {
  type ContractReport,
  findGaps,
  readReports,
  reportFolder,
  type ScenarioResult,
} from "./adapter/report.ts";
export { runAdapterContract } from "./adapter/run-adapter-contract.ts";
export {
  ARTICLES,
  type Article,
  PARTS,
  type Part,
  type Scenario,
  type SeedQuote,
} from "./adapter/scenario.ts";
export { SCENARIOS } from "./adapter/scenarios/index.ts";
export { createScript, type Script } from "./adapter/script.ts";
export {
  type AdapterUnderTest,
  type AgentRequest,
  type AgentResult,
  type AgentSpec,
  type ScriptedAgent,
  type ScriptedCall,
  type ScriptedReply,
  type ScriptedTurn,
  type SkippedScenario,
  transferTool,
} from "./adapter/types.ts";
export type { HeldKey, SentRequest, World } from "./adapter/world.ts";
export { type LedgerContractOptions, runLedgerContract } from "./ledger/run-ledger-contract.ts";
export type { LedgerStore } from "./ledger/section.ts";
export { type Stack, type StackOptions, startStack } from "./stack/stack.ts";
export { startWorkbench, type Workbench } from "./stack/workbench.ts";
export { runVendorContract } from "./vendor/run-vendor-contract.ts";
export type { ClientRequest, StandIn, VendorUnderTest } from "./vendor/vendor-under-test.ts";
