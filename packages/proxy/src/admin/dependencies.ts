import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Accounts } from "../accounts.ts";
import type { Alerts } from "../alerts/alerts.ts";
import type { ApprovalTeller } from "../approvals/tell.ts";
import type { Backups } from "../backup/make-backup.ts";
import type { Environment } from "../environment.ts";
import type { Metrics } from "../metrics.ts";
import type { Policy } from "../policy.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { Roles } from "./roles.ts";

/** What the admin API needs from outside. */
export interface AdminDependencies {
  readonly ledger: Ledger<Policy>;
  readonly environment: Environment;
  readonly adminKey: string;
  readonly accounts: Accounts;
  readonly roles: Roles;
  readonly log: Logger;
  readonly reconciler: Reconciler;
  readonly metrics: Metrics;
  /** Null when the store is backed up by other means. */
  readonly backups: Backups | null;
  readonly alerts: Alerts;
  readonly teller: ApprovalTeller;
  /** Whether alerts may be sent to private addresses. */
  readonly allowsPrivate: boolean;
}

export type AdminApp = OpenAPIHono;
