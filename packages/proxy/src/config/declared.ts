import type { Roles } from "../admin/roles.ts";
import type { AlertType } from "../alerts/news.ts";
import type { TargetKind } from "../alerts/targets.ts";
import type { Config } from "./config-schema.ts";

/** Somebody who is told of alerts, with the secrets that the file only says the place of. */
export interface DeclaredTarget {
  readonly name: string;
  readonly kind: TargetKind;
  readonly url: string;
  /** `whsec_…` of a webhook; null for Slack. */
  readonly secret: string | null;
  /** Null: of everything. */
  readonly types: readonly AlertType[] | null;
}

/** What of a `keybrake.yaml` is applied to the books when a proxy starts, and what its admin API knows of it. */
export interface Declared {
  /** Under which name the log and the audit of admin actions show it. */
  readonly file: string;
  readonly roles: Roles;
  readonly budgets: NonNullable<Config["budgets"]>;
  /** Null: as ever. */
  readonly budgetPercents: readonly number[] | null;
  readonly targets: readonly DeclaredTarget[];
}
