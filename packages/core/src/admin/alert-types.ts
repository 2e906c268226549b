/** The admin API's own spelling, as in `admin-types.ts`. */

/**
 * What an alert is about. `approval.…`: somebody is asked, and was answered. A budget's thresholds are 50, 80 and 100 %;
 * `refusals` and `retry_storm` are many calls of one key in a minute.
 */
export type AlertType =
  | "budget.threshold"
  | "vault_key.refusals"
  | "vault_key.retry_storm"
  | "vault_key.revoked"
  | "call.unknown"
  | "call.over_hold"
  | "approval.requested"
  | "approval.resolved";

/** Somebody who is to be told of alerts. */
export interface CreateAlertTargetInput {
  /** `webhook` (the default): signed by the Standard Webhooks specification; `slack`: an incoming webhook of Slack's. */
  readonly kind?: "webhook" | "slack" | undefined;
  /** https. Sealed at rest, and shown to nobody: it may hold a token. */
  readonly url: string;
  /** Its host unless told. */
  readonly name?: string | undefined;
  /** Everything unless told. */
  readonly types?: readonly AlertType[] | undefined;
}

export interface AlertTargetInfo {
  readonly id: string;
  readonly kind: "webhook" | "slack";
  readonly name: string;
  /** Where it is; null when it was sealed with another master key, and nothing reaches it. */
  readonly host: string | null;
  /** Null: everything. */
  readonly types: readonly AlertType[] | null;
  /** It came of `keybrake.yaml`. */
  readonly declared: boolean;
  readonly created_at: string;
  /** Alerts that it was never told, because too many waited for it. */
  readonly dropped: number;
}

/** The answer to `create`: the only time that the secret is shown. */
export interface CreatedAlertTarget extends AlertTargetInfo {
  /** `whsec_…`, with which a receiver checks what it gets; null for Slack. */
  readonly secret: string | null;
}

/** One alert for one target. */
export interface AlertDelivery {
  /** The same for all targets and tries: `webhook-id`. */
  readonly alert_id: string;
  readonly target_id: string;
  readonly type: AlertType | "test";
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: number;
  /** HTTP status of the last try; null when there was no answer. */
  readonly status: number | null;
  /** Why the last try failed, in a word. */
  readonly error: string | null;
  /** One sentence: what the alert says. */
  readonly summary: string;
  readonly created_at: string;
  /** When it is sent next; null unless it is pending. */
  readonly due_at: string | null;
  readonly ended_at: string | null;
}
