import { createRoute, z } from "@hono/zod-openapi";
import {
  BUDGET_DEPTH_MAX,
  type BudgetCreation,
  type BudgetUsage,
  DAILY_WINDOW_MS,
  type NewBudget,
} from "@keybrake/ledger";
import { toMicros, toUsd } from "../usd.ts";
import { formatWindow, parseWindow } from "../window.ts";
import { budgetSchema, createBudgetSchema, updateBudgetSchema } from "./budget-schemas.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { errorSchema, listOf, pageQuerySchema } from "./schemas.ts";

const nameParams = z.object({ name: z.string().max(100) });

const create = createRoute({
  method: "post",
  path: "/admin/budgets",
  summary: "A budget that several keys share",
  request: { body: jsonBody(createBudgetSchema) },
  responses: {
    201: json(budgetSchema, "The budget"),
    409: json(errorSchema, "The name is taken"),
    ...COMMON_ERRORS,
    ...NOT_FOUND,
  },
});

const retrieve = createRoute({
  method: "get",
  path: "/admin/budgets/{name}",
  summary: "One shared budget with what it has spent, holds and may still spend",
  request: { params: nameParams },
  responses: { 200: json(budgetSchema, "The budget"), ...COMMON_ERRORS, ...NOT_FOUND },
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
  request: { params: nameParams, body: jsonBody(updateBudgetSchema) },
  responses: { 200: json(budgetSchema, "The budget"), ...COMMON_ERRORS, ...NOT_FOUND },
});

function describeBudget(budget: BudgetUsage) {
  const usdCap = toUsd(budget.capMicros);
  return {
    name: budget.name,
    usd_cap: usdCap,
    window: formatWindow(budget.windowMs),
    daily_usd_cap: budget.windowMs === DAILY_WINDOW_MS ? usdCap : null,
    parent: budget.parent,
    created_at: new Date(budget.createdAt).toISOString(),
    spent: toUsd(budget.spentMicros),
    held: toUsd(budget.heldMicros),
    remaining: toUsd(budget.remainingMicros),
  };
}

const MISSING = adminError("not_found", "There is no budget with this name.", "name");

type Request = z.infer<typeof createBudgetSchema>;

function newBudget(
  { name, daily_usd_cap, usd_cap = 0, window, parent }: Request,
  createdAt: number,
): NewBudget {
  const isDaily = daily_usd_cap !== undefined;
  const windowMs = isDaily ? DAILY_WINDOW_MS : (parseWindow(window ?? "") ?? null);
  return {
    name,
    capMicros: toMicros(isDaily ? daily_usd_cap : usd_cap),
    windowMs,
    parent: parent ?? null,
    createdAt,
  };
}

/** Throws unless the budget was made. */
function checkCreated(created: BudgetCreation, { name, parent }: NewBudget): void {
  switch (created) {
    case "created":
      return;
    case "budget_exists":
      throw adminError(
        "budget_exists",
        `There is a budget '${name}' already. Change its cap with PATCH /admin/budgets/${name}.`,
        "name",
      );
    case "parent_not_found":
      throw adminError("budget_not_found", `There is no budget '${parent}'. Create it first.`, "parent");
    case "budget_too_deep": {
      const message = `A line of budgets has at most ${BUDGET_DEPTH_MAX}, and '${parent}' is the last of one.`;
      throw adminError("budget_too_deep", message, "parent");
    }
  }
}

export function addBudgetRoutes(app: AdminApp, { ledger, environment }: AdminDependencies): void {
  async function find(name: string): Promise<BudgetUsage> {
    const budget = await ledger.getBudget(name, environment.clock());
    if (budget === null) throw MISSING;
    return budget;
  }

  app.openapi(create, async (context) => {
    const budget = newBudget(context.req.valid("json"), environment.clock());
    checkCreated(await ledger.createBudget(budget), budget);
    return context.json(describeBudget(await find(budget.name)), 201);
  });

  app.openapi(retrieve, async (context) => {
    const { name } = context.req.valid("param");
    return context.json(describeBudget(await find(name)), 200);
  });

  app.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid("query");
    const page = await ledger.listBudgets({ limit, cursor }, environment.clock());
    return context.json({ data: page.data.map(describeBudget), next_cursor: page.nextCursor }, 200);
  });

  app.openapi(update, async (context) => {
    const { name } = context.req.valid("param");
    const { daily_usd_cap, usd_cap = 0 } = context.req.valid("json");
    const { windowMs } = await find(name);
    if (daily_usd_cap !== undefined && windowMs !== DAILY_WINDOW_MS) {
      const message = `The window of '${name}' is ${formatWindow(windowMs)}, not 24h: give usd_cap.`;
      throw adminError("request_invalid", message, "daily_usd_cap");
    }
    const budget = await ledger.updateBudget(name, toMicros(daily_usd_cap ?? usd_cap), environment.clock());
    if (budget === null) throw MISSING;
    return context.json(describeBudget(budget), 200);
  });
}
