import type { z } from "zod";
import { checkExistingCharge } from "./check-existing-charge.ts";
import { createCharge } from "./create-charge.ts";
import { createPaymentIntent } from "./create-payment-intent.ts";
import { createRefund } from "./create-refund.ts";
import { listCharges } from "./list-charges.ts";
import { listCustomers } from "./list-customers.ts";
import { listRefunds } from "./list-refunds.ts";
import { retrieveBalance } from "./retrieve-balance.ts";
import { retrieveCharge } from "./retrieve-charge.ts";
import { retrieveCustomer } from "./retrieve-customer.ts";
import { retrievePaymentIntent } from "./retrieve-payment-intent.ts";
import { accessOf, type Tool } from "./tool.ts";

export type Role = "billing" | "refund" | "audit";

/** A role that is built in, or one that the proxy's `keybrake.yaml` names. */
export type RoleName = Role | (string & Record<never, never>);

export const ROLE_NAMES: readonly Role[] = ["billing", "refund", "audit"];

/**
 * The one table of tools: name, definition, and the roles that have it. A role shows its tools in this order. The
 * proxy's policy templates and the printed permissions of a Stripe restricted key come from here, too.
 */
export const TOOL_TABLE = {
  create_charge: { tool: createCharge, roles: ["billing"] },
  create_payment_intent: { tool: createPaymentIntent, roles: ["billing"] },
  create_refund: { tool: createRefund, roles: ["refund"] },
  check_existing_charge: { tool: checkExistingCharge, roles: ["audit"] },
  retrieve_charge: { tool: retrieveCharge, roles: ["refund", "audit"] },
  list_charges: { tool: listCharges, roles: ["audit"] },
  retrieve_payment_intent: { tool: retrievePaymentIntent, roles: ["audit"] },
  list_refunds: { tool: listRefunds, roles: ["refund", "audit"] },
  retrieve_customer: { tool: retrieveCustomer, roles: ["billing", "audit"] },
  list_customers: { tool: listCustomers, roles: ["billing", "audit"] },
  retrieve_balance: { tool: retrieveBalance, roles: ["audit"] },
} as const satisfies Record<string, { readonly tool: Tool; readonly roles: readonly Role[] }>;

type Table = typeof TOOL_TABLE;

export type ToolName = keyof Table;

/** The Zod schema of a tool's input. */
export type InputSchema<N extends ToolName> = Table[N]["tool"]["input"];

/** What a tool is given, after reading absent fields as null. */
export type ToolInput<N extends ToolName> = z.infer<InputSchema<N>>;

/** The tools that move money. */
export type WriteToolName = {
  [N in ToolName]: Table[N]["tool"]["write"] extends true ? N : never;
}[ToolName];

/** The tools of a role, by name. */
export type RoleToolName<R extends Role = Role> = {
  [N in ToolName]: R extends Table[N]["roles"][number] ? N : never;
}[ToolName];

const NAMES = Object.keys(TOOL_TABLE) as ToolName[];

/** The definition of a tool, as any tool. */
export function toolOf(name: ToolName): Tool {
  return TOOL_TABLE[name].tool;
}

function operationsOf(name: ToolName): string[] {
  return accessOf(toolOf(name)).map(({ operation }) => operation);
}

interface ToolFacts {
  readonly operations: readonly string[];
  readonly write: boolean;
}

/** What a tool needs and does, by name: the Stripe operations it needs at the proxy, and whether it moves money. */
export const TOOLS = Object.fromEntries(
  NAMES.map((name): [string, ToolFacts] => {
    return [name, { operations: operationsOf(name), write: toolOf(name).write }];
  }),
) as Readonly<Record<ToolName, ToolFacts>>;

function toolsOf(role: Role): readonly ToolName[] {
  return NAMES.filter((name) => TOOL_TABLE[name].roles.some((having) => having === role));
}

/** The tools of each role, in the order in which they are shown. */
export const ROLES = Object.fromEntries(ROLE_NAMES.map((role) => [role, toolsOf(role)])) as {
  readonly [R in Role]: readonly RoleToolName<R>[];
};

/** The Stripe operations a vault key of this role may call, without duplicates, in table order. */
export function roleOperations(role: Role): string[] {
  return [...new Set(toolsOf(role).flatMap(operationsOf))];
}
