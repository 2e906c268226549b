export { runAdapterContract } from "./adapter/run-adapter-contract.ts";
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
export { type LedgerContractOptions, runLedgerContract } from "./ledger/run-ledger-contract.ts";
export type { LedgerStore } from "./ledger/section.ts";
