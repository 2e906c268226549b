import { createRoute, z } from "@hono/zod-openapi";
import { ROLE_NAMES, ROLES, roleOperations, TOOLS } from "@keybrake/core";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import type { AdminVariables } from "./gate.ts";
import { COMMON_ERRORS, json } from "./openapi.ts";
import { operationsOfRole } from "./roles.ts";

export const meSchema = z
  .object({
    id: z.string().openapi({ description: "`root` for the key that the proxy was started with" }),
    name: z.string(),
    scope: z.enum(["admin", "operator", "issuer", "auditor"]),
    accounts: z
      .array(
        z.object({
          vendor: z.string(),
          title: z.string(),
          account: z.string(),
          mode: z.enum(["live", "test"]),
          object_pages: z.array(z.object({ starts: z.string(), at: z.string() })).openapi({
            description: "The vendor's own page of an object whose id begins so: `at` and the id",
          }),
        }),
      )
      .openapi({ description: "The vendors' accounts that the proxy holds a credential of" }),
  })
  .openapi("Me");

export const roleSchema = z
  .object({
    role: z.string(),
    tools: z.array(z.object({ name: z.string(), moves_money: z.boolean() })),
    operations: z.array(z.string()),
  })
  .openapi("Role");

const me = createRoute({
  method: "get",
  path: "/admin/me",
  summary: "Whose admin key asks, and what the proxy holds",
  responses: { 200: json(meSchema, "Who asks"), ...COMMON_ERRORS },
});

const roles = createRoute({
  method: "get",
  path: "/admin/roles",
  summary: "The roles that a vault key can have, with their tools and operations",
  responses: { 200: json(z.object({ data: z.array(roleSchema) }), "All of them"), ...COMMON_ERRORS },
});

export function addMeRoutes(app: AdminApp, { accounts, roles: declared }: AdminDependencies): void {
  app.openapi(me, async (context) => {
    const { id, name, scope } = (context.var as AdminVariables).admin;
    const held = [...accounts.byVendor.values()].map(({ name: account, vendor, mode, isStandIn }) => ({
      ...{ vendor: vendor.name, title: vendor.title, account, mode },
      object_pages: isStandIn ? [] : [...vendor.objectPages(mode)],
    }));
    return context.json({ id, name, scope, accounts: held }, 200);
  });

  app.openapi(roles, async (context) => {
    const data = ROLE_NAMES.map((role) => ({
      role,
      tools: ROLES[role].map((name) => ({ name, moves_money: TOOLS[name].write })),
      operations: roleOperations(role),
    }));
    const { vendor } = accounts.root;
    const further = Object.entries(declared).map(([role, fields]) => {
      const operations = operationsOfRole(fields);
      const allows = (needed: string) => operations.some((pattern) => vendor.patternCovers(pattern, needed));
      const tools = Object.entries(TOOLS).filter(([, tool]) => tool.operations.every(allows));
      return { role, tools: tools.map(([name, { write }]) => ({ name, moves_money: write })), operations };
    });
    return context.json({ data: [...data, ...further] }, 200);
  });
}
