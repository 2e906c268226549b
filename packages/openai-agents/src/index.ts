export {
  type ApprovalOptions,
  auditTools,
  billingTools,
  fromToolset,
  type OpenAiTool,
  type OpenAiToolOptions,
  refundTools,
  type WriteInput,
} from "./tools.ts";
