import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { type AdminDependencies, createAdminApp } from "./admin-app.ts";

/** The admin API on Node's server. */
export function createAdminEndpoint(
  dependencies: AdminDependencies,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return getRequestListener(createAdminApp(dependencies).fetch);
}
