import type { z } from "@hono/zod-openapi";
import { errorSchema } from "./schemas.ts";

/** A JSON answer of a route, for its OpenAPI description. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

export function jsonBody<T extends z.ZodType>(schema: T) {
  return { content: { "application/json": { schema } }, required: true };
}

/** The answers that every route may give besides its own. */
export const COMMON_ERRORS = {
  400: json(errorSchema, "The request is not valid; nothing changed"),
  401: json(errorSchema, "The admin key is missing or wrong"),
};

export const NOT_FOUND = { 404: json(errorSchema, "There is no such object") };
