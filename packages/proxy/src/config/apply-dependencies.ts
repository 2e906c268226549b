import type { Ledger } from "@keybrake/ledger";
import type { Logger } from "pino";
import type { Alerts } from "../alerts/alerts.ts";
import type { Environment } from "../environment.ts";
import type { Policy } from "../policy.ts";

/** What applying a `keybrake.yaml` needs from outside. */
export interface ApplyDependencies {
  readonly ledger: Ledger<Policy>;
  readonly alerts: Pick<Alerts, "targets">;
  readonly environment: Environment;
  readonly log: Logger;
  /** Whether alerts may be sent to private addresses. */
  readonly allowsPrivate: boolean;
}
