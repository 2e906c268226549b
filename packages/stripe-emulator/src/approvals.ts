import type { ApprovalRequest, ApprovalStatus } from "./approval-requests.ts";
import type { ApprovalRule } from "./control-types.ts";
import { invalidRequest, StripeError } from "./errors.ts";
import type { FormHash } from "./form.ts";
import type { Context, PausedAction } from "./state.ts";

/** Stripe drops a request that nobody answers (docs.stripe.com/account/approvals). */
const LAPSES_AFTER_SECONDS = 14 * 24 * 60 * 60;

/** The operations that Stripe's rules can hold back, and what Stripe calls them. */
export const APPROVABLE: Readonly<Record<string, string>> = {
  "charges.create": "charge.create",
  "invoices.create": "invoice.create",
  "paymentIntents.create": "payment_intent.create",
  "payouts.create": "payout.create",
  "refunds.create": "refund.create",
  "subscriptions.cancel": "subscription.cancel",
  "subscriptions.create": "subscription.create",
  "subscriptions.update": "subscription.update",
  "transfers.create": "transfer.create",
};

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Moves a request to a status and notes when. */
function enter(
  request: ApprovalRequest,
  status: Exclude<ApprovalStatus, "requires_review">,
  context: Context,
): void {
  request.status = status;
  request.status_transitions[`${status}_at`] = isoTime(context.now);
}

/** The account's approval rules. */
export class ApprovalRules {
  #rules: ApprovalRule[] = [];

  add(rule: ApprovalRule): void {
    this.#rules.push(rule);
  }

  clear(): number {
    const count = this.#rules.length;
    this.#rules = [];
    return count;
  }

  /** The rule that holds a request back, or undefined. An amount that the request does not say is held back. */
  ruleFor(operation: string, form: FormHash): ApprovalRule | undefined {
    const amount = typeof form.amount === "string" ? Number(form.amount) : Infinity;
    return this.#rules.find((rule) => rule.operation === operation && amount > (rule.amount_over ?? -1));
  }
}

/** Pauses an action and returns Stripe's answer to it. The action is carried out later, or never. */
export function pauseAction(context: Context, rule: ApprovalRule, execute: PausedAction): StripeError {
  const id = context.makeId("approvalRequest");
  const request: ApprovalRequest = {
    id,
    object: "v2.core.approval_request",
    action: APPROVABLE[rule.operation] ?? rule.operation,
    created: isoTime(context.now),
    dashboard_url: `https://emulator.invalid/approval_requests/${id}`,
    expires_at: isoTime(context.now + LAPSES_AFTER_SECONDS),
    livemode: false,
    reason: null,
    requested_by: { type: "api_key", api_key: { id: "mk_KeybrakeEmulator" } },
    review: null,
    status: "requires_review",
    status_details: null,
    status_transitions: {
      approved_at: null,
      canceled_at: null,
      expired_at: null,
      failed_at: null,
      rejected_at: null,
      succeeded_at: null,
    },
  };
  context.state.approvalRequests.add(request);
  context.state.pausedActions.set(id, execute);
  context.later(context.now + LAPSES_AFTER_SECONDS, (then) => {
    if (context.state.pausedActions.delete(id)) enter(request, "expired", then);
  });
  return new StripeError(rule.status ?? 402, {
    type: "invalid_request_error",
    code: "approval_required",
    message: `This request requires approval before Stripe carries it out. Approval request: ${id}.`,
    approval_request: id,
  });
}

/** A person agrees: Stripe itself carries the action out, `afterSeconds` later. */
export function approveAction(context: Context, id: string, afterSeconds: number): ApprovalRequest {
  const { request, execute } = take(context, id);
  enter(request, "approved", context);
  context.later(context.now + afterSeconds, (then) => {
    try {
      const made = execute(then);
      enter(request, "succeeded", then);
      request.status_details = { succeeded: { result: { id: "id" in made ? String(made.id) : "" } } };
    } catch (error) {
      const code = error instanceof StripeError ? (error.body.code ?? null) : null;
      enter(request, "failed", then);
      request.status_details = { failed: { error: { code, message: String(error) } } };
    }
  });
  return request;
}

/** A person refuses, or the asker takes it back: the action is dropped. */
export function dropAction(context: Context, id: string, status: "canceled" | "rejected"): ApprovalRequest {
  const { request } = take(context, id);
  enter(request, status, context);
  return request;
}

function take(
  context: Context,
  id: string,
): { readonly request: ApprovalRequest; readonly execute: PausedAction } {
  const request = context.state.approvalRequests.need(id, "id");
  const execute = context.state.pausedActions.get(id);
  if (execute === undefined) {
    throw invalidRequest(`This approval request is ${request.status}: it no longer waits for anybody.`);
  }
  context.state.pausedActions.delete(id);
  return { request, execute };
}
