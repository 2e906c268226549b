import { createRoute } from "@hono/zod-openapi";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { adminError } from "./errors.ts";
import { COMMON_ERRORS, json } from "./openapi.ts";
import { errorSchema } from "./schemas.ts";

const backup = createRoute({
  method: "get",
  path: "/admin/backup",
  summary: "A backup of the running store, as `keybrake restore` takes it",
  description: "Calls go on meanwhile. It has the books and the sealed vault, and not the master key.",
  responses: {
    200: { description: "The backup", content: { "application/octet-stream": {} } },
    409: json(errorSchema, "The store is Postgres, which has tools of its own"),
    ...COMMON_ERRORS,
  },
});

export function addBackupRoutes(app: AdminApp, { backups, log }: AdminDependencies): void {
  app.openapi(backup, async (context) => {
    if (context.req.method === "HEAD") return context.body(null, 200) as never;
    if (backups === null) {
      throw adminError("backup_elsewhere", "This store is backed up with pg_dump: see docs/production.md.");
    }
    const bytes = await backups.make();
    log.info("backup made");
    return context.newResponse(ReadableStream.from(bytes), 200, {
      "content-type": "application/octet-stream",
    }) as never;
  });
}
