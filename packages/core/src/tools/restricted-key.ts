import { accessOf } from "./tool.ts";
import { TOOL_TABLE } from "./tools.ts";

/** One line of a Stripe restricted key: the resource as Stripe's dashboard names it, and the permission. */
export interface RestrictedKeyPermission {
  readonly resource: string;
  readonly permission: "Read" | "Write";
}

function split(operation: string): readonly [resource: string, method: string] {
  const [resource = "", method = ""] = operation.split(".");
  return [resource, method];
}

/** The dashboard's name of each resource that a tool touches. */
const DASHBOARD_NAMES: ReadonlyMap<string, string> = new Map(
  Object.values(TOOL_TABLE).flatMap(({ tool }) =>
    accessOf(tool).map(({ operation, permission }) => [split(operation)[0], permission] as const),
  ),
);

/**
 * The least a Stripe restricted key needs for these operations (`charges.create` …): the first layer of
 * defence, behind the proxy's allowlist. Everything not listed stays "None".
 */
export function restrictedKeyPermissions(operations: readonly string[]): RestrictedKeyPermission[] {
  const permissions = new Map<string, "Read" | "Write">();
  for (const operation of operations) {
    const [resource, method] = split(operation);
    const name = DASHBOARD_NAMES.get(resource);
    if (name === undefined) continue;
    const reads = method === "retrieve" || method === "list" || method === "search";
    // Write includes read.
    if (!reads || !permissions.has(name)) permissions.set(name, reads ? "Read" : "Write");
  }
  return [...permissions].map(([resource, permission]) => ({ resource, permission }));
}
