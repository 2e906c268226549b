/** The words of Stripe's Approval Requests (docs.stripe.com/api/v2/core/approval-requests/object). */
export type ApprovalStatus =
  | "requires_review"
  | "approved"
  | "rejected"
  | "canceled"
  | "expired"
  | "succeeded"
  | "failed";

/** A paused action that waits for a person, in the shape of Stripe's preview API. */
export interface ApprovalRequest {
  readonly id: string;
  readonly object: "v2.core.approval_request";
  /** An operation as Stripe's rules name it: `refund.create`. */
  readonly action: string;
  /** ISO 8601, as everything in v2. */
  readonly created: string;
  readonly dashboard_url: string;
  readonly expires_at: string;
  readonly livemode: false;
  readonly reason: string | null;
  readonly requested_by: { readonly type: "api_key"; readonly api_key: { readonly id: string } };
  readonly review: null;
  status: ApprovalStatus;
  /** What the action made, or why it failed. */
  status_details:
    | { readonly succeeded: { readonly result: { readonly id: string } } }
    | { readonly failed: { readonly error: { readonly code: string | null; readonly message: string } } }
    | null;
  readonly status_transitions: Record<
    "approved_at" | "canceled_at" | "expired_at" | "failed_at" | "rejected_at" | "succeeded_at",
    string | null
  >;
}
