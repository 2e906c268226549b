import type Stripe from "stripe";
import { PRICE_DATA, periodEnd } from "../billing/catalog.ts";
import { cancelSchedule, type PlannedPhase, releaseSchedule, runSchedule } from "../billing/schedules.ts";
import { invalidRequest } from "../errors.ts";
import { newMetadata } from "../metadata.ts";
import { type Input, missingParameter, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";
import { readSoldItem } from "./subscription-params.ts";

const PHASE = {
  duration: { fields: { interval: ["day", "week", "month", "year"], interval_count: "integer" } },
  end_date: "integer",
  items: {
    each: {
      metadata: "metadata",
      price: "string",
      price_data: PRICE_DATA,
      quantity: "integer",
      tax_rates: "strings",
    },
  },
} as const satisfies ParameterSpec;

const createParams = {
  ...unsupported(
    "billing_mode",
    "customer_account",
    "default_settings",
    "from_subscription",
    "pause_schedules",
  ),
  customer: "string",
  end_behavior: ["cancel", "release"],
  expand: "expand",
  metadata: "metadata",
  phases: { each: PHASE },
  start_date: "string",
} as const satisfies Record<keyof Stripe.SubscriptionScheduleCreateParams, unknown> & ParameterSpec;

/** The phases one after the other, each from the end of the one before. */
function readPhases(context: Context, inputs: readonly Input[], startAt: number): PlannedPhase[] {
  let start = startAt;
  return inputs.map((input) => {
    const duration = input.fields("duration");
    const items = input.each("items") ?? missingParameter(input.path("items"));
    const end = duration
      ? periodEnd(start, {
          interval: duration.requiredString("interval"),
          interval_count: duration.integer("interval_count") ?? 1,
        })
      : input.requiredInteger("end_date");
    if (end <= start)
      throw invalidRequest("A phase must end after it starts.", { param: input.path("end_date") });
    const phase = { start, end, sold: items.map((item) => readSoldItem(context, item)) };
    start = end;
    return phase;
  });
}

function showPhase(phase: PlannedPhase): Stripe.SubscriptionSchedule.Phase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: phase.sold[0]?.price.currency ?? "usd",
    default_payment_method: null,
    description: null,
    discounts: [],
    end_date: phase.end,
    invoice_settings: null,
    items: phase.sold.map(({ price, quantity, metadata }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata,
      plan: price.id,
      price: price.id,
      quantity,
    })),
    metadata: {},
    on_behalf_of: null,
    proration_behavior: "create_prorations",
    start_date: phase.start,
    transfer_data: null,
    trial_end: null,
  };
}

function prepareCreate(input: Input): (context: Context) => Stripe.SubscriptionSchedule {
  const customer = input.requiredString("customer");
  const phases = input.each("phases") ?? missingParameter("phases");
  const startDate = input.string("start_date") ?? "now";
  return (context) => {
    context.state.customers.need(customer, "customer");
    const startAt = startDate === "now" ? context.now : Number(startDate);
    const planned = readPhases(context, phases, startAt);
    const schedule: Stripe.SubscriptionSchedule = {
      id: context.makeId("subscriptionSchedule"),
      object: "subscription_schedule",
      application: null,
      billing_mode: { flexible: null, type: "classic" },
      canceled_at: null,
      completed_at: null,
      created: context.now,
      current_phase: null,
      customer,
      customer_account: null,
      default_settings: {
        application_fee_percent: null,
        billing_cycle_anchor: "automatic",
        billing_thresholds: null,
        collection_method: "charge_automatically",
        default_payment_method: null,
        description: null,
        invoice_settings: {
          account_tax_ids: null,
          custom_fields: null,
          days_until_due: null,
          description: null,
          footer: null,
          issuer: { type: "self" },
        },
        on_behalf_of: null,
        transfer_data: null,
      },
      end_behavior: input.string("end_behavior") ?? "release",
      livemode: false,
      metadata: newMetadata(input.metadata()),
      pause_schedules: [],
      phases: planned.map(showPhase),
      released_at: null,
      released_subscription: null,
      status: "not_started",
      subscription: null,
      test_clock: null,
    };
    runSchedule(context, schedule, planned);
    return schedule;
  };
}

const PATH = "/v1/subscription_schedules";
const write = {
  method: "POST",
  permission: "rak_subscription_write",
  returns: "subscription_schedule",
} as const;

function step(act: (context: Context, schedule: Stripe.SubscriptionSchedule) => void): Route["prepare"] {
  return (_input, id) => (context) => {
    const schedule = context.state.subscriptionSchedules.need(id, "id");
    act(context, schedule);
    return schedule;
  };
}

export const subscriptionScheduleRoutes: readonly Route[] = [
  ...readRoutes<Stripe.SubscriptionSchedule>({
    path: PATH,
    name: "subscriptionSchedules",
    permission: "rak_subscription_read",
    returns: "subscription_schedule",
    collection: ({ subscriptionSchedules }) => subscriptionSchedules,
    filters: { created: "range", customer: "string" },
    where: (input) => [
      equals(input, "customer", (schedule: Stripe.SubscriptionSchedule) => idOf(schedule.customer)),
    ],
  }),
  {
    ...write,
    path: PATH,
    operation: "subscriptionSchedules.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    path: `${PATH}/{id}/cancel`,
    operation: "subscriptionSchedules.cancel",
    params: { ...unsupported("invoice_now", "prorate"), expand: "expand" },
    prepare: step(cancelSchedule),
  },
  {
    ...write,
    path: `${PATH}/{id}/release`,
    operation: "subscriptionSchedules.release",
    params: { ...unsupported("preserve_cancel_date"), expand: "expand" },
    prepare: step(releaseSchedule),
  },
];
