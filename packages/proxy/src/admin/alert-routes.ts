import { createRoute, z } from "@hono/zod-openapi";
import type { AlertDelivery } from "@keybrake/ledger";
import type { ShownTarget } from "../alerts/alerts.ts";
import type { AlertType } from "../alerts/news.ts";
import { isDeclaredTarget, isTargetKind, whyNotTarget } from "../alerts/targets.ts";
import { readTold } from "../alerts/told.ts";
import { LIMITS } from "../limits.ts";
import {
  alertDeliverySchema,
  alertTargetSchema,
  createAlertTargetSchema,
  createdAlertTargetSchema,
  deliveryQuerySchema,
} from "./alert-schemas.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json, jsonBody, NOT_FOUND } from "./openapi.ts";
import { listOf } from "./schemas.ts";

const idParams = z.object({ id: z.string().max(100) });

const create = createRoute({
  method: "post",
  path: "/admin/alerts",
  summary: "Somebody who is told of alerts: a signed webhook, or Slack",
  request: { body: jsonBody(createAlertTargetSchema) },
  responses: { 201: json(createdAlertTargetSchema, "The target, with its secret"), ...COMMON_ERRORS },
});

const list = createRoute({
  method: "get",
  path: "/admin/alerts",
  summary: "Who is told of alerts, oldest first",
  responses: { 200: json(listOf(alertTargetSchema), "All of them"), ...COMMON_ERRORS },
});

const deliveries = createRoute({
  method: "get",
  path: "/admin/alerts/deliveries",
  summary: "What was told, and what is still to be, newest first",
  request: { query: deliveryQuerySchema },
  responses: { 200: json(listOf(alertDeliverySchema), "A page of deliveries"), ...COMMON_ERRORS },
});

const remove = createRoute({
  method: "delete",
  path: "/admin/alerts/{id}",
  summary: "Tell somebody no more; the deliveries go, too",
  request: { params: idParams },
  responses: { 200: json(alertTargetSchema, "Who was told"), ...COMMON_ERRORS, ...NOT_FOUND },
});

const test = createRoute({
  method: "post",
  path: "/admin/alerts/{id}/test",
  summary: "Send a test, behind what is still to be sent, and say what became of it",
  request: { params: idParams },
  responses: { 200: json(alertDeliverySchema, "The test's delivery"), ...COMMON_ERRORS, ...NOT_FOUND },
});

function describeTarget(target: ShownTarget): z.infer<typeof alertTargetSchema> {
  const { id, kind, shown, host, types, createdAt, dropped } = target;
  return {
    ...{ id, name: shown, host, dropped },
    kind: isTargetKind(kind) ? kind : "webhook",
    types: types as AlertType[] | null,
    declared: isDeclaredTarget(id),
    created_at: iso(createdAt),
  };
}

function describeDelivery(delivery: AlertDelivery): z.infer<typeof alertDeliverySchema> {
  const { state, attempts, status, error, payload, createdAt, dueAt, endedAt } = delivery;
  return {
    alert_id: delivery.alertId,
    target_id: delivery.targetId,
    type: delivery.type as AlertType | "test",
    ...{ state, attempts, status, error },
    summary: readTold(payload).summary,
    created_at: iso(createdAt),
    due_at: state === "pending" ? iso(dueAt) : null,
    ended_at: endedAt === null ? null : iso(endedAt),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

const MISSING = adminError("not_found", "There is no alert target with this id.", "id");

export function addAlertRoutes(app: AdminApp, { alerts, allowsPrivate, log }: AdminDependencies): void {
  const { targets } = alerts;

  app.openapi(create, async (context) => {
    const { kind, url, name = null, types = null } = context.req.valid("json");
    const why = whyNotTarget(url, { allowsPrivate });
    if (why !== null) throw adminError("request_invalid", `url: ${why}`, "url");
    const added = await targets.add({ kind, url, name, types });
    if (added === null)
      throw adminError("request_invalid", `There are ${LIMITS.alertTargets} targets already; remove one.`);
    log.info({ target: added.id, kind, host: added.host }, "alert target added");
    return context.json({ ...describeTarget(added), secret: added.secret }, 201);
  });

  app.openapi(list, async (context) =>
    context.json({ data: (await targets.list()).map(describeTarget), next_cursor: null }, 200),
  );

  app.openapi(deliveries, async (context) => {
    const { limit, cursor, target_id: targetId = null } = context.req.valid("query");
    const below = cursor === undefined ? null : Number(cursor);
    if (below !== null && !(Number.isSafeInteger(below) && below > 0))
      throw adminError("cursor_invalid", "The cursor is not one of this list.", "cursor");
    const rows = await targets.deliveries({ targetId, below, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    const nextCursor = last === undefined ? null : String(last.sequence);
    return context.json({ data: shown.map(describeDelivery), next_cursor: nextCursor }, 200);
  });

  app.openapi(remove, async (context) => {
    const removed = await targets.remove(context.req.valid("param").id);
    if (removed === null) throw MISSING;
    log.info({ target: removed.id }, "alert target removed");
    return context.json(describeTarget(removed), 200);
  });

  app.openapi(test, async (context) => {
    const delivery = await targets.test(context.req.valid("param").id);
    if (delivery === null) throw MISSING;
    return context.json(describeDelivery(delivery), 200);
  });
}
