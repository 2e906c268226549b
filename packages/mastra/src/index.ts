export {
  type ApprovalOptions,
  auditTools,
  billingTools,
  fromToolset,
  type MastraTool,
  type MastraToolOptions,
  type MastraTools,
  refundTools,
  type WriteInput,
} from "./tools.ts";
