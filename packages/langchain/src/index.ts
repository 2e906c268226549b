export type { ApprovalCard, WriteInput } from "@keybrake/core";
export { type InterruptOptions, interruptOnWrites, type WriteInterrupt } from "./approval.ts";
export { auditTools, billingTools, fromToolset, type LangChainTool, refundTools } from "./tools.ts";
