export { auditTools, billingTools, fromToolset, type LlamaIndexTool, refundTools } from "./tools.ts";
