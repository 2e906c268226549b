import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { type Context, idOf } from "../state.ts";
import { cancelSubscription, changeItems, type ItemChange } from "./subscription-changes.ts";
import { newSubscription, type SoldItem } from "./subscription-object.ts";
import { startSubscription } from "./subscriptions.ts";

/** One phase as it was asked for, beside what Stripe's object shows of it. */
export interface PlannedPhase {
  readonly start: number;
  readonly end: number;
  readonly sold: readonly SoldItem[];
}

function isOver(schedule: Stripe.SubscriptionSchedule): boolean {
  return !["not_started", "active"].includes(schedule.status);
}

/** Plays the phases at their times: the first starts the subscription, each further one changes what it sells. */
export function runSchedule(
  context: Context,
  schedule: Stripe.SubscriptionSchedule,
  phases: readonly PlannedPhase[],
): void {
  context.state.subscriptionSchedules.add(schedule);
  recordEvent(context, "subscription_schedule.created", schedule);
  for (const phase of phases) {
    if (phase.start <= context.now) enterPhase(context, schedule, phase);
    else context.later(phase.start, (then) => enterPhase(then, schedule, phase));
  }
  const last = phases.at(-1);
  if (last !== undefined) context.later(last.end, (then) => finish(then, schedule));
}

function enterPhase(context: Context, schedule: Stripe.SubscriptionSchedule, phase: PlannedPhase): void {
  if (isOver(schedule)) return;
  schedule.status = "active";
  schedule.current_phase = { start_date: phase.start, end_date: phase.end };
  const subscription = context.state.subscriptions.get(idOf(schedule.subscription) ?? "");
  if (subscription === undefined) {
    const started = newSubscription(context, {
      currency: phase.sold[0]?.price.currency ?? "usd",
      customer: idOf(schedule.customer) ?? "",
      schedule: schedule.id,
    });
    startSubscription(context, started, phase.sold, { behavior: "allow_incomplete", offSession: true });
    schedule.subscription = started.id;
    return;
  }
  const changes: ItemChange[] = [
    ...subscription.items.data.map((item) => ({ kind: "remove", item }) as const),
    ...phase.sold.map((sold) => ({ kind: "add", sold }) as const),
  ];
  changeItems(context, subscription, changes, "create_prorations");
}

function finish(context: Context, schedule: Stripe.SubscriptionSchedule): void {
  if (isOver(schedule)) return;
  if (schedule.end_behavior === "cancel") {
    end(context, schedule);
    schedule.status = "completed";
    schedule.completed_at = context.now;
  } else {
    releaseSchedule(context, schedule);
  }
}

function end(context: Context, schedule: Stripe.SubscriptionSchedule): void {
  const subscription = context.state.subscriptions.get(idOf(schedule.subscription) ?? "");
  if (subscription === undefined || subscription.status === "canceled") return;
  cancelSubscription(context, subscription, { prorate: false, invoiceNow: false });
}

function checkAlive(schedule: Stripe.SubscriptionSchedule): void {
  if (!isOver(schedule)) return;
  throw invalidRequest(`This subscription schedule has a status of ${schedule.status}.`);
}

/** Ends the schedule and its subscription. */
export function cancelSchedule(context: Context, schedule: Stripe.SubscriptionSchedule): void {
  checkAlive(schedule);
  end(context, schedule);
  schedule.status = "canceled";
  schedule.canceled_at = context.now;
}

/** Ends the schedule; its subscription goes on as it is. */
export function releaseSchedule(context: Context, schedule: Stripe.SubscriptionSchedule): void {
  checkAlive(schedule);
  const subscription = context.state.subscriptions.get(idOf(schedule.subscription) ?? "");
  if (subscription !== undefined) subscription.schedule = null;
  schedule.released_subscription = subscription?.id ?? null;
  schedule.subscription = null;
  schedule.status = "released";
  schedule.released_at = context.now;
}
