import { z } from "@hono/zod-openapi";
import { ALERT_TYPES } from "../alerts/news.ts";
import { TARGET_KINDS } from "../alerts/targets.ts";
import { name, pageQuery } from "./schemas.ts";

const alertType = z.enum(ALERT_TYPES);

export const createAlertTargetSchema = z
  .strictObject({
    kind: z.enum(TARGET_KINDS).default("webhook").describe("A signed webhook, or Slack's incoming webhook"),
    url: z.string().openapi({
      description: "https; sealed at rest and shown to nobody, since it may hold a token",
      example: "https://hooks.example.com/keybrake",
    }),
    name: name.optional().openapi({ description: "Its host unless told" }),
    types: z.array(alertType).min(1).max(ALERT_TYPES.length).optional(),
  })
  .openapi("CreateAlertTarget");

export const alertTargetSchema = z
  .object({
    id: z.string(),
    kind: z.enum(TARGET_KINDS),
    name: z.string(),
    host: z.string().nullable().openapi({
      description: "null when its address was sealed with another master key: nothing reaches it",
    }),
    types: z.array(alertType).nullable().openapi({ description: "null: everything" }),
    declared: z.boolean().openapi({
      description: "It came of keybrake.yaml, which brings it back at the next start while it stands there",
    }),
    created_at: z.string(),
    dropped: z.number().openapi({ description: "Alerts that it was never told: too many waited for it" }),
  })
  .openapi("AlertTarget");

export const createdAlertTargetSchema = alertTargetSchema
  .extend({
    secret: z.string().nullable().openapi({
      description: "Shown this once: signs what is sent (standardwebhooks.com); null for Slack",
    }),
  })
  .openapi("CreatedAlertTarget");

export const alertDeliverySchema = z
  .object({
    alert_id: z.string().openapi({ description: "The same for all targets and tries: webhook-id" }),
    target_id: z.string(),
    type: z.union([alertType, z.literal("test")]),
    state: z.enum(["pending", "delivered", "failed"]),
    attempts: z.number(),
    status: z.number().nullable().openapi({ description: "HTTP status of the last try" }),
    error: z.string().nullable().openapi({ description: "Why the last try failed, in a word" }),
    summary: z.string(),
    created_at: z.string(),
    due_at: z.string().nullable().openapi({ description: "When it is sent next; null unless pending" }),
    ended_at: z.string().nullable(),
  })
  .openapi("AlertDelivery");

export const deliveryQuerySchema = z.strictObject({
  ...pageQuery,
  target_id: z.string().max(100).optional(),
});
