import type Stripe from "stripe";
import { EVENTS_KEPT } from "./limits.ts";
import type { Context, StoredEvent } from "./state.ts";
import { STRIPE_API_VERSION } from "./version.ts";

/** The kinds of event that the emulator records. */
export type EventType =
  | "application_fee.refunded"
  | "charge.dispute.closed"
  | "charge.dispute.created"
  | "charge.expired"
  | "charge.pending"
  | "checkout.session.async_payment_failed"
  | "checkout.session.async_payment_succeeded"
  | "checkout.session.completed"
  | "checkout.session.expired"
  | "credit_note.created"
  | "credit_note.voided"
  | "customer.subscription.created"
  | "customer.subscription.deleted"
  | "customer.subscription.updated"
  | "invoice.created"
  | "invoice.deleted"
  | "invoice.finalized"
  | "invoice.marked_uncollectible"
  | "invoice.paid"
  | "invoice.payment_failed"
  | "invoice.sent"
  | "invoice.updated"
  | "invoice.voided"
  | "payment_intent.processing"
  | "payment_link.created"
  | "payout.canceled"
  | "payout.created"
  | "payout.paid"
  | "setup_intent.canceled"
  | "setup_intent.created"
  | "setup_intent.requires_action"
  | "setup_intent.setup_failed"
  | "setup_intent.succeeded"
  | "subscription_schedule.created"
  | "transfer.created"
  | "transfer.reversed"
  | "charge.succeeded"
  | "charge.failed"
  | "charge.captured"
  | "charge.refunded"
  | "charge.updated"
  | "customer.created"
  | "customer.updated"
  | "customer.deleted"
  | "payment_intent.created"
  | "payment_intent.succeeded"
  | "payment_intent.amount_capturable_updated"
  | "payment_intent.requires_action"
  | "payment_intent.payment_failed"
  | "payment_intent.canceled"
  | "payment_method.attached"
  | "payment_method.detached"
  | "payment_method.updated"
  | "refund.created";

/** Records what happened, with a snapshot of the object. Nothing is sent anywhere: there are no webhooks. */
export function recordEvent(context: Context, type: EventType, object: unknown): void {
  const { events } = context.state;
  events.add({
    id: context.makeId("event"),
    created: context.now,
    type,
    objectJson: JSON.stringify(object),
    request: { id: context.requestId, idempotency_key: context.idempotencyKey },
  });
  events.keepNewest(EVENTS_KEPT);
}

/** The event as Stripe shows it. */
export function showEvent(event: StoredEvent): Stripe.EventBase {
  return {
    id: event.id,
    object: "event",
    api_version: STRIPE_API_VERSION,
    created: event.created,
    data: { object: JSON.parse(event.objectJson) },
    livemode: false,
    pending_webhooks: 0,
    request: event.request,
    type: event.type,
  };
}
