export { type LedgerContractOptions, runLedgerContract } from "./ledger/run-ledger-contract.ts";
export type { LedgerStore } from "./ledger/section.ts";
