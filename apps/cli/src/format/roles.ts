import {
  type RestrictedKeyPermission,
  ROLE_NAMES,
  ROLES,
  type Role,
  restrictedKeyPermissions,
  roleOperations,
  TOOLS,
} from "@keybrake/core";
import type { Output } from "../io.ts";
import { renderFields } from "./fields.ts";
import { renderRows } from "./table.ts";

export interface RoleDescription {
  readonly role: Role;
  readonly tools: readonly {
    readonly name: string;
    readonly operations: readonly string[];
    readonly moves_money: boolean;
  }[];
  readonly operations: readonly string[];
  /** What the proxy's own Stripe key needs for this role; everything else stays None. */
  readonly restricted_key_permissions: readonly RestrictedKeyPermission[];
}

/** Every role of core's table, in its order. */
export function describeRoles(): RoleDescription[] {
  return ROLE_NAMES.map((role) => {
    const operations = roleOperations(role);
    const tools = ROLES[role].map((name) => {
      const { operations: needed, write } = TOOLS[name];
      return { name, operations: [...needed], moves_money: write };
    });
    return { role, tools, operations, restricted_key_permissions: restrictedKeyPermissions(operations) };
  });
}

const COLUMNS = [
  { title: "tool", width: 26 },
  { title: "operations", width: 36 },
  { title: "money", width: 16 },
];

/** The roles as text. */
export function renderRoles(
  roles: readonly RoleDescription[],
  width: number | undefined,
  style: Output["style"],
): string {
  const sections = roles.map(({ role, tools, restricted_key_permissions }) => {
    const rows = tools.map((tool) => [
      `  ${tool.name}`,
      tool.operations.join(", "),
      tool.moves_money ? style("yellow", "moves money") : "reads",
    ]);
    const permissions = restricted_key_permissions.map(
      ({ resource, permission }) => `${resource}: ${permission}`,
    );
    const needs = [...permissions, "everything else: None"].join("; ");
    return `${style("bold", role)}\n${renderRows(COLUMNS, rows, width)}${renderFields([["  Stripe key", needs]], width)}`;
  });
  return sections.join("\n");
}
