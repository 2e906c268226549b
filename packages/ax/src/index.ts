export { type AxTool, auditTools, billingTools, fromToolset, refundTools } from "./tools.ts";
