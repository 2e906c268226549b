export type { WriteInput } from "@keybrake/core";
export { interruptOnWrites, type WriteInterrupt } from "./approval.ts";
export { auditTools, billingTools, fromToolset, type LangChainTool, refundTools } from "./tools.ts";
