export { interruptOnWrites, type WriteInput, type WriteInterrupt } from "./approval.ts";
export { auditTools, billingTools, fromToolset, type LangChainTool, refundTools } from "./tools.ts";
