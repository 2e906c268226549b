export type { ApprovalCard, WriteInput } from "@keybrake/core";
export {
  type ApprovalOptions,
  auditTools,
  billingTools,
  fromToolset,
  type MastraTool,
  type MastraToolOptions,
  type MastraTools,
  refundTools,
} from "./tools.ts";
