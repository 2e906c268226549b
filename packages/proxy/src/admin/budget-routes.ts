import { createRoute, z } from "@hono/zod-openapi";
import type { BudgetUsage } from "@keybrake/ledger";
import type { AdminApp, AdminDependencies } from "./admin-app.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import {
  budgetSchema,
  cents,
  createBudgetSchema,
  errorSchema,
  listOf,
  pageQuerySchema,
  updateBudgetSchema,
} from "./schemas.ts";

const create = createRoute({
  method: "post",
  path: "/admin/budgets",
  summary: "A budget that several keys share",
  request: { body: jsonBody(createBudgetSchema) },
  responses: {
    201: json(budgetSchema, "The budget"),
    409: json(errorSchema, "The name is taken"),
    ...COMMON_ERRORS,
  },
});

const list = createRoute({
  method: "get",
  path: "/admin/budgets",
  summary: "Shared budgets, by name",
  request: { query: pageQuerySchema },
  responses: { 200: json(listOf(budgetSchema), "A page of budgets"), ...COMMON_ERRORS },
});

const update = createRoute({
  method: "patch",
  path: "/admin/budgets/{name}",
  summary: "Change a budget's cap; the next call obeys it",
  request: { params: z.object({ name: z.string().max(100) }), body: jsonBody(updateBudgetSchema) },
  responses: { 200: json(budgetSchema, "The budget"), ...COMMON_ERRORS, ...NOT_FOUND },
});

function describeBudget(budget: BudgetUsage) {
  return {
    name: budget.name,
    daily_usd_cap: budget.dailyCapCents / 100,
    created_at: new Date(budget.createdAt).toISOString(),
    spent: budget.spentCents / 100,
    held: budget.heldCents / 100,
    remaining: budget.remainingCents / 100,
  };
}

export function addBudgetRoutes(app: AdminApp, { ledger, environment }: AdminDependencies): void {
  app.openapi(create, async (context) => {
    const { name, daily_usd_cap } = context.req.valid("json");
    const createdAt = environment.clock();
    const dailyCapCents = cents(daily_usd_cap);
    if ((await ledger.createBudget({ name, dailyCapCents, createdAt })) === "budget_exists") {
      const message = `There is a budget '${name}' already. Change its cap with PATCH /admin/budgets/${name}.`;
      throw adminError("budget_exists", message, "name");
    }
    const empty = {
      name,
      dailyCapCents,
      createdAt,
      spentCents: 0,
      heldCents: 0,
      remainingCents: dailyCapCents,
    };
    return context.json(describeBudget(empty), 201);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid("query");
    const page = await ledger.listBudgets({ limit, cursor }, environment.clock());
    return context.json({ data: page.data.map(describeBudget), next_cursor: page.nextCursor }, 200);
  });

  app.openapi(update, async (context) => {
    const { name } = context.req.valid("param");
    const cap = cents(context.req.valid("json").daily_usd_cap);
    const budget = await ledger.updateBudget(name, cap, environment.clock());
    if (budget === null) throw adminError("not_found", "There is no budget with this name.", "name");
    return context.json(describeBudget(budget), 200);
  });
}
