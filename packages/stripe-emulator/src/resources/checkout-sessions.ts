import type Stripe from "stripe";
import { needPrice, PRICE_DATA } from "../billing/catalog.ts";
import { expireSession, newLineItem, openSession, totalSession } from "../billing/checkout.ts";
import { couponOf, DISCOUNTS, makeDiscounts } from "../billing/discounts.ts";
import { newSession, SESSION_SECONDS } from "../billing/session-object.ts";
import { checkConnect, TRANSFER_DATA } from "../connect-params.ts";
import { invalidRequest } from "../errors.ts";
import { LIST_PARAMS } from "../lists.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { type Input, missingParameter, type ParameterSpec } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type CheckoutTerms, type Context, idOf } from "../state.ts";
import { AUTOMATIC_TAX } from "./invoice-params.ts";

export const LINE_ITEM = {
  adjustable_quantity: { fields: { enabled: "boolean", maximum: "integer", minimum: "integer" } },
  price: "string",
  price_data: PRICE_DATA,
  quantity: "integer",
} as const satisfies ParameterSpec;

/** What the emulator has of Stripe's page; every other parameter is unknown here. */
const createParams = {
  after_expiration: {
    fields: { recovery: { fields: { allow_promotion_codes: "boolean", enabled: "boolean" } } },
  },
  allow_promotion_codes: "boolean",
  automatic_tax: AUTOMATIC_TAX,
  cancel_url: "string",
  client_reference_id: "string",
  currency: "string",
  customer: "string",
  customer_email: "string",
  discounts: DISCOUNTS,
  expand: "expand",
  expires_at: "integer",
  line_items: { each: LINE_ITEM },
  metadata: "metadata",
  mode: ["payment", "subscription"],
  payment_intent_data: {
    fields: {
      application_fee_amount: "integer",
      capture_method: ["automatic", "automatic_async", "manual"],
      description: "string",
      metadata: "metadata",
      on_behalf_of: "string",
      setup_future_usage: ["off_session", "on_session"],
      transfer_data: TRANSFER_DATA,
      transfer_group: "string",
    },
  },
  subscription_data: {
    fields: {
      application_fee_percent: "decimal",
      description: "string",
      metadata: "metadata",
      trial_period_days: "integer",
    },
  },
  success_url: "string",
} as const satisfies Partial<Record<keyof Stripe.Checkout.SessionCreateParams, unknown>> & ParameterSpec;

/** The items of a page or link, at least one. */
export function readLineItems(context: Context, inputs: readonly Input[] | undefined): Stripe.LineItem[] {
  if (inputs === undefined || inputs.length === 0) return missingParameter("line_items");
  return inputs.map((input) => {
    const adjustable = input.fields("adjustable_quantity");
    const item = newLineItem(context, needPrice(context, input), input.integer("quantity") ?? 1);
    if (adjustable?.boolean("enabled")) {
      item.adjustable_quantity = {
        enabled: true,
        maximum: adjustable.integer("maximum") ?? 99,
        minimum: adjustable.integer("minimum") ?? 0,
      };
    }
    return item;
  });
}

/** What the payment of a page will say. */
export function readTerms(context: Context, input: Input): CheckoutTerms {
  const payment = input.fields("payment_intent_data");
  const recurring = input.fields("subscription_data");
  const connect = payment ? checkConnect(context, payment) : null;
  const destination = connect?.destination ?? null;
  const amount = connect?.transferMinor == null ? {} : { amount: connect.transferMinor };
  return {
    intent: payment
      ? {
          application_fee_amount: connect?.applicationFeeMinor ?? null,
          capture_method: payment.string("capture_method") ?? "automatic_async",
          description: payment.string("description") ?? null,
          metadata: newMetadata(payment.metadata()),
          on_behalf_of: connect?.onBehalfOf ?? null,
          setup_future_usage: payment.string("setup_future_usage") ?? null,
          transfer_data: destination === null ? null : { destination, ...amount },
          transfer_group: payment.string("transfer_group") ?? null,
        }
      : {},
    subscription: recurring
      ? {
          application_fee_percent: recurring.decimal("application_fee_percent") ?? null,
          description: recurring.string("description") ?? null,
          metadata: newMetadata(recurring.metadata()),
        }
      : {},
    trialDays: recurring?.integer("trial_period_days") ?? null,
    coupon: null,
  };
}

function checkMode(mode: string, items: readonly Stripe.LineItem[]): void {
  const recurs = items.some(({ price }) => price?.recurring != null);
  if (mode === "payment" && recurs) {
    throw invalidRequest(
      "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      { param: "mode" },
    );
  }
  if (mode === "subscription" && !recurs) {
    throw invalidRequest("You must provide at least one recurring price in `subscription` mode.", {
      param: "mode",
    });
  }
}

function afterExpiration(input: Input): Stripe.Checkout.Session.AfterExpiration | null {
  const recovery = input.fields("after_expiration")?.fields("recovery");
  if (!recovery) return null;
  return {
    recovery: {
      allow_promotion_codes: recovery.boolean("allow_promotion_codes") ?? false,
      enabled: recovery.boolean("enabled") ?? false,
      expires_at: null,
      url: null,
    },
  };
}

function prepareCreate(input: Input): (context: Context) => Stripe.Checkout.Session {
  const mode = input.requiredString("mode");
  const expiresAt = input.integer("expires_at");
  return (context) => {
    const { state, now } = context;
    if (expiresAt !== undefined && (expiresAt < now + 30 * 60 || expiresAt > now + SESSION_SECONDS)) {
      throw invalidRequest("The `expires_at` timestamp must be between 30 minutes and 24 hours from now.", {
        param: "expires_at",
      });
    }
    const customer = input.string("customer") ?? null;
    if (customer !== null) state.customers.need(customer, "customer");
    const items = readLineItems(context, input.each("line_items"));
    checkMode(mode, items);
    const session = newSession(context, {
      after_expiration: afterExpiration(input),
      allow_promotion_codes: input.boolean("allow_promotion_codes") ?? null,
      cancel_url: input.string("cancel_url") ?? null,
      client_reference_id: input.string("client_reference_id") ?? null,
      currency: items[0]?.currency ?? null,
      customer,
      customer_email: input.string("customer_email") ?? null,
      metadata: newMetadata(input.metadata()),
      mode,
      success_url: input.string("success_url") ?? null,
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    });
    session.automatic_tax.enabled = input.fields("automatic_tax")?.boolean("enabled") ?? false;
    const on = { customer, checkoutSession: session.id };
    const [discount] = makeDiscounts(context, input.each("discounts") ?? [], on);
    const coupon = couponOf(state, discount ?? "", now) ?? null;
    totalSession(session, items, coupon);
    openSession(context, session, items, { ...readTerms(context, input), coupon });
    return session;
  };
}

const PATH = "/v1/checkout/sessions";
const write = {
  method: "POST",
  permission: "rak_checkout_session_write",
  returns: "checkout_session",
} as const;

export const checkoutSessionRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Checkout.Session>({
    path: PATH,
    name: "checkout.sessions",
    permission: "rak_checkout_session_read",
    returns: "checkout_session",
    collection: ({ checkoutSessions }) => checkoutSessions,
    filters: {
      created: "range",
      customer: "string",
      payment_intent: "string",
      payment_link: "string",
      status: "string",
      subscription: "string",
    },
    where: (input) => [
      equals(input, "customer", (session: Stripe.Checkout.Session) => idOf(session.customer)),
      equals(input, "payment_intent", (session: Stripe.Checkout.Session) => idOf(session.payment_intent)),
      equals(input, "payment_link", (session: Stripe.Checkout.Session) => idOf(session.payment_link)),
      equals(input, "status", (session: Stripe.Checkout.Session) => session.status),
      equals(input, "subscription", (session: Stripe.Checkout.Session) => idOf(session.subscription)),
    ],
  }),
  {
    ...write,
    path: PATH,
    operation: "checkout.sessions.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    path: `${PATH}/{id}`,
    operation: "checkout.sessions.update",
    params: { expand: "expand", metadata: "metadata" },
    prepare:
      (input, id) =>
      ({ state }) => {
        const session = state.checkoutSessions.need(id, "id");
        session.metadata = mergeMetadata(session.metadata ?? {}, input.metadata());
        return session;
      },
  },
  {
    ...write,
    path: `${PATH}/{id}/expire`,
    operation: "checkout.sessions.expire",
    params: { expand: "expand" },
    prepare: (_input, id) => (context) => {
      const session = context.state.checkoutSessions.need(id, "id");
      expireSession(context, session);
      return session;
    },
  },
  {
    method: "GET",
    path: `${PATH}/{id}/line_items`,
    operation: "checkout.sessions.listLineItems",
    permission: "rak_checkout_session_read",
    params: LIST_PARAMS,
    returns: "list:line_item",
    prepare:
      (_input, id) =>
      ({ state }) => {
        state.checkoutSessions.need(id, "id");
        const data = state.lineItems.get(id) ?? [];
        return { object: "list", data, has_more: false, url: `${PATH}/${id}/line_items` };
      },
  },
];
