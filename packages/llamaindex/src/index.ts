export {
  auditTools,
  billingTools,
  fromToolset,
  type LlamaIndexOutcome,
  type LlamaIndexTool,
  refundTools,
} from "./tools.ts";
