export type { WriteInput } from "@keybrake/core";
export { type ToolApprovals, toolApprovalFor } from "./approval.ts";
export {
  type AiSdkTool,
  type AiSdkTools,
  auditTools,
  billingTools,
  fromToolset,
  refundTools,
} from "./tools.ts";
