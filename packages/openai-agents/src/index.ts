export type { WriteInput } from "@keybrake/core";
export {
  type ApprovalOptions,
  auditTools,
  billingTools,
  fromToolset,
  type OpenAiTool,
  type OpenAiToolOptions,
  refundTools,
} from "./tools.ts";
