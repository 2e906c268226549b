import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdminDependencies } from "./dependencies.ts";
import type { Vouched } from "./gate.ts";
import type { Admin } from "./who.ts";

/** The admin API on Node's server. */
export interface AdminEndpoint {
  /** `admin`: on behalf of somebody who was let in elsewhere, and has no key. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, admin?: Admin) => Promise<void>;
  /** The HTTP status with which it meets the key: 200 when it takes it. */
  readonly statusFor: (adminKey: string) => Promise<number>;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Opened {
  readonly handle: Handle;
  readonly ask: (request: Request) => Promise<Response> | Response;
}

async function openAdmin(dependencies: AdminDependencies, vouched: Vouched): Promise<Opened> {
  const [{ getRequestListener }, { createAdminApp }] = await Promise.all([
    import("@hono/node-server"),
    import("./admin-app.ts"),
  ]);
  const app = createAdminApp(dependencies, vouched);
  return { handle: getRequestListener(app.fetch), ask: app.fetch };
}

/** Framework and schemas are loaded by the first request: they cost start-up time. */
export function createAdminEndpoint(dependencies: AdminDependencies): AdminEndpoint {
  let opened: Promise<Opened> | undefined;
  const vouched: Vouched = new WeakMap();
  const open = (): Promise<Opened> => {
    opened ??= openAdmin(dependencies, vouched);
    return opened;
  };
  return {
    handle: async (request, response, admin) => {
      if (admin !== undefined) vouched.set(request, admin);
      const { handle } = await open();
      response.once("close", () => dependencies.metrics.administered(response.statusCode));
      await handle(request, response);
    },
    statusFor: async (adminKey) => {
      const { ask } = await open();
      const headers = { authorization: `Bearer ${adminKey}` };
      const { status } = await ask(new Request("http://proxy/admin/vault-keys?limit=1", { headers }));
      // Somebody who guesses is counted as if they had asked the API itself.
      dependencies.metrics.administered(status);
      return status;
    },
  };
}
