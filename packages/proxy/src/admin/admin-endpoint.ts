import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdminDependencies } from "./dependencies.ts";

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function openAdmin(dependencies: AdminDependencies): Promise<Handle> {
  const [{ getRequestListener }, { createAdminApp }] = await Promise.all([
    import("@hono/node-server"),
    import("./admin-app.ts"),
  ]);
  return getRequestListener(createAdminApp(dependencies).fetch);
}

/** The admin API on Node's server. Framework and schemas are loaded by the first request: they cost start-up time. */
export function createAdminEndpoint(dependencies: AdminDependencies): Handle {
  let opened: Promise<Handle> | undefined;
  return async (request, response) => {
    opened ??= openAdmin(dependencies);
    const handle = await opened;
    response.once("close", () => dependencies.metrics.administered(response.statusCode));
    await handle(request, response);
  };
}
