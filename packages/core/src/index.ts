export { REFUSALS, type Refusal, type RefusalCode } from "./refusals.ts";
export {
  type RestrictedKeyPermission,
  ROLE_NAMES,
  ROLES,
  type Role,
  restrictedKeyPermissions,
  roleOperations,
  TOOLS,
  type ToolName,
} from "./roles.ts";
