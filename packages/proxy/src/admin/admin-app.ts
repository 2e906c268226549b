import { OpenAPIHono } from "@hono/zod-openapi";
import { isLedgerError } from "@keybrake/ledger";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { LIMITS } from "../limits.ts";
import { BODY_TOO_LARGE } from "../refusal.ts";
import { addAdminKeyRoutes } from "./admin-key-routes.ts";
import { addAlertRoutes } from "./alert-routes.ts";
import { addApprovalRoutes } from "./approval-routes.ts";
import { addAuditRoutes } from "./audit-routes.ts";
import { addBackupRoutes } from "./backup-routes.ts";
import { addBudgetRoutes } from "./budget-routes.ts";
import type { AdminApp, AdminDependencies } from "./dependencies.ts";
import { discardBody } from "./discard-body.ts";
import { type AdminErrorCode, adminError, adminErrorBody } from "./errors.ts";
import { letIn, type Vouched, watch } from "./gate.ts";
import { addMeRoutes } from "./me-routes.ts";
import { addReconcileRoutes } from "./reconcile-routes.ts";
import { addSpendRoutes } from "./spend-routes.ts";
import { addStopRoutes } from "./stop-routes.ts";
import { addVaultKeyHaltRoutes } from "./vault-key-halt-routes.ts";
import { addVaultKeyRoutes } from "./vault-key-routes.ts";

/** The admin API: issue and revoke keys, set budgets, read the audit log. */
export function createAdminApp(dependencies: AdminDependencies, vouched: Vouched): AdminApp {
  const { log } = dependencies;
  const app = new OpenAPIHono({
    // Bad input gets the error shape of the whole port, with the field's name.
    defaultHook: (result) => {
      if (result.success) return;
      const issue = result.error.issues[0];
      const unknown = issue?.code === "unrecognized_keys" ? issue.keys.join(", ") : undefined;
      const param = unknown ?? issue?.path.join(".");
      const message = `${param ? `${param}: ` : ""}${issue?.message ?? "invalid request"}`;
      throw adminError("request_invalid", message, param === "" ? undefined : param);
    },
  });

  app.use("/admin/*", letIn(dependencies, vouched));
  // Of a body that nobody reads the adapter cuts the connection off a moment later, whatever goes on there by then.
  const tooLarge = async (context: Context) => {
    if (!(await discardBody(context.req.raw.body))) context.header("connection", "close");
    throw adminError("body_too_large", BODY_TOO_LARGE.reason);
  };
  app.use("/admin/*", bodyLimit({ maxSize: LIMITS.bodyBytes, onError: tooLarge }));
  app.use("/admin/*", watch(dependencies));

  addMeRoutes(app, dependencies);
  addVaultKeyRoutes(app, dependencies);
  addVaultKeyHaltRoutes(app, dependencies);
  addStopRoutes(app, dependencies);
  addAdminKeyRoutes(app, dependencies);
  addBudgetRoutes(app, dependencies);
  addApprovalRoutes(app, dependencies);
  addAuditRoutes(app, dependencies);
  addSpendRoutes(app, dependencies);
  addReconcileRoutes(app, dependencies);
  addBackupRoutes(app, dependencies);
  addAlertRoutes(app, dependencies);
  app.openAPIRegistry.registerComponent("securitySchemes", "adminKey", { type: "http", scheme: "bearer" });
  app.doc31("/admin/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Keybrake admin API", version: "1" },
    security: [{ adminKey: [] }],
  });

  app.notFound((context) =>
    context.json(adminErrorBody("not_found", "There is no such page; see /admin/openapi.json.", 404), 404),
  );
  app.onError((error, context) => {
    if (error instanceof HTTPException) {
      const { code = "request_invalid", param } = (error.cause ?? {}) as {
        code?: AdminErrorCode;
        param?: string;
      };
      return context.json(
        adminErrorBody(code, error.message || "invalid request", error.status, param),
        error.status,
      );
    }
    if (isLedgerError(error) && error.code === "cursor_invalid") {
      return context.json(
        adminErrorBody("cursor_invalid", "The cursor is not one of this list.", 400, "cursor"),
        400,
      );
    }
    log.error({ error: error.message }, "admin request failed");
    const message = "The store did not answer. Nothing is known to have changed; look before you repeat.";
    return context.json(adminErrorBody("store_unavailable", message, 503), 503);
  });
  return app;
}
