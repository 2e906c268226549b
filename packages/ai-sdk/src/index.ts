export { type ToolApprovals, toolApprovalFor, type WriteInput } from "./approval.ts";
export {
  type AiSdkTool,
  type AiSdkTools,
  auditTools,
  billingTools,
  fromToolset,
  refundTools,
} from "./tools.ts";
