// Types only: the suites run inside vitest.
export { runLedgerContract } from "@keybrake/contract";
