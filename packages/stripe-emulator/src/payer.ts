import type Stripe from "stripe";
import { newLineItem, openSession, paySession, recoverSession, totalSession } from "./billing/checkout.ts";
import { intentOf } from "./billing/invoices.ts";
import { newSession } from "./billing/session-object.ts";
import type { PayResult, PaySpec } from "./control-types.ts";
import { StripeError } from "./errors.ts";
import { confirmIntent, setPaymentMethod, usablePaymentMethod } from "./intents.ts";
import { needPaymentMethod } from "./payment-sources.ts";
import { confirmSetup } from "./setups.ts";
import { type Context, idOf, type State } from "./state.ts";

/** The id that a payer's link, page or secret is about. */
function objectOf(what: string): string {
  return what.replace(/_secret_.*$/, "").replace(/^https:.*\/recover\/([^/]+)\/.*$/, "$1");
}

/** A payer pays an intent by its client_secret, present and willing. */
export function payIntent(
  context: Context,
  intent: Stripe.PaymentIntent,
  methodId: string | undefined,
): { readonly id: string; readonly status: string | null } {
  const customer = idOf(intent.customer);
  const awaited = intent.status === "requires_action" && methodId === undefined;
  if (!["requires_payment_method", "requires_confirmation", "requires_action"].includes(intent.status)) {
    throw new StripeError(400, {
      type: "invalid_request_error",
      code: "payment_intent_unexpected_state",
      message: `A PaymentIntent with a status of ${intent.status} cannot be paid.`,
    });
  }
  if (!awaited) {
    setPaymentMethod(intent, usablePaymentMethod(context, { id: methodId ?? "pm_card_visa", customer }));
  }
  confirmIntent(context, intent, {
    offSession: false,
    errorOnRequiresAction: false,
    returnUrl: null,
    authenticated: true,
  });
  return intent;
}

function paySetup(
  context: Context,
  intent: Stripe.SetupIntent,
  methodId: string | undefined,
): Stripe.SetupIntent {
  if (intent.status !== "requires_action") {
    const method = needPaymentMethod(context, methodId ?? "pm_card_visa", "payment_method");
    intent.payment_method = method.id;
    if (intent.status === "requires_payment_method") intent.status = "requires_confirmation";
  }
  confirmSetup(context, intent, { authenticated: true });
  return intent;
}

type Payable = (context: Context, spec: PaySpec) => { readonly id: string; readonly status: string | null };

/** What can be paid, by the prefix of its id. */
const PAYABLE: Readonly<
  Record<string, { readonly isIn: (state: State, id: string) => boolean; readonly pay: Payable }>
> = {
  pi: {
    isIn: ({ paymentIntents }, id) => paymentIntents.get(id) !== undefined,
    pay: (context, spec) => {
      const intent = context.state.paymentIntents.need(objectOf(spec.what), "id");
      checkSecret(intent.client_secret, spec.what);
      return payIntent(context, intent, spec.payment_method);
    },
  },
  cs: {
    isIn: ({ checkoutSessions }, id) => checkoutSessions.get(id) !== undefined,
    pay: (context, spec) =>
      spec.what.startsWith("https:") ? payRecovered(context, spec) : payPage(context, spec),
  },
  plink: { isIn: ({ paymentLinks }, id) => paymentLinks.get(id) !== undefined, pay: payLink },
  in: { isIn: ({ invoices }, id) => invoices.get(id) !== undefined, pay: payInvoicePage },
  seti: {
    isIn: ({ setupIntents }, id) => setupIntents.get(id) !== undefined,
    pay: (context, spec) => {
      const intent = context.state.setupIntents.need(objectOf(spec.what), "id");
      checkSecret(intent.client_secret, spec.what);
      return paySetup(context, intent, spec.payment_method);
    },
  },
};

/** The hosted page of an invoice, which shows it from the moment it is finalised. */
function payInvoicePage(
  context: Context,
  spec: PaySpec,
): { readonly id: string; readonly status: string | null } {
  const invoice = context.state.invoices.need(spec.what, "id");
  const intent = intentOf(context, invoice);
  if (intent === undefined) {
    const message = `A ${invoice.status} invoice cannot be paid.`;
    throw new StripeError(400, { type: "invalid_request_error", message });
  }
  payIntent(context, intent, spec.payment_method);
  return invoice;
}

function payerOf(spec: PaySpec) {
  return { methodId: spec.payment_method ?? "pm_card_visa", promotionCode: spec.promotion_code ?? null };
}

/** Opening a link makes a session, which is paid; a link may be opened by anybody, again and again. */
function payLink(context: Context, spec: PaySpec): Stripe.Checkout.Session {
  const { state } = context;
  const link = state.paymentLinks.need(spec.what, "id");
  const limits = link.restrictions?.completed_sessions;
  if (!link.active || (limits !== undefined && limits.count >= limits.limit)) {
    throw new StripeError(400, {
      type: "invalid_request_error",
      message: "This payment link is not active.",
    });
  }
  const items = (state.lineItems.get(link.id) ?? []).flatMap((item) => {
    const quantity = item.adjustable_quantity?.enabled ? (spec.quantity ?? item.quantity) : item.quantity;
    return item.price === null ? [] : [newLineItem(context, item.price, quantity ?? 1)];
  });
  const session = newSession(context, {
    allow_promotion_codes: link.allow_promotion_codes,
    currency: link.currency,
    mode: items.some(({ price }) => price?.recurring != null) ? "subscription" : "payment",
    payment_link: link.id,
  });
  session.automatic_tax.enabled = link.automatic_tax.enabled;
  totalSession(session, items, null);
  const transfer = link.transfer_data;
  const destination = idOf(transfer?.destination);
  const amount = transfer?.amount == null ? {} : { amount: transfer.amount };
  const intent = {
    application_fee_amount: link.application_fee_amount,
    on_behalf_of: link.on_behalf_of,
    transfer_data: destination === null ? null : { destination, ...amount },
  };
  openSession(context, session, items, { intent, subscription: {}, trialDays: null, coupon: null });
  paySession(context, session, payerOf(spec));
  if (limits !== undefined) limits.count += 1;
  return session;
}

function payPage(context: Context, spec: PaySpec): Stripe.Checkout.Session {
  return paySession(context, context.state.checkoutSessions.need(spec.what, "id"), payerOf(spec));
}

/** Opening the recovery link of an expired page makes a copy of it, which is paid. */
function payRecovered(context: Context, spec: PaySpec): Stripe.Checkout.Session {
  const expired = context.state.checkoutSessions.need(objectOf(spec.what), "id");
  if (expired.after_expiration?.recovery?.url !== spec.what) {
    throw new StripeError(400, {
      type: "invalid_request_error",
      message: "This recovery link is not alive.",
    });
  }
  return paySession(context, recoverSession(context, expired), payerOf(spec));
}

function checkSecret(secret: string | null, what: string): void {
  if (secret === what) return;
  throw new StripeError(400, { type: "invalid_request_error", message: "This is not the client_secret." });
}

/** Plays the payer in the account that has what is paid. */
export function pay(contexts: readonly Context[], spec: PaySpec): PayResult {
  const id = objectOf(spec.what);
  const payable = PAYABLE[id.slice(0, id.indexOf("_"))];
  const context = contexts.find(({ state }) => payable?.isIn(state, id));
  if (payable === undefined || context === undefined) {
    return { paid: false, object: null, status: null, refusal: "nothing to pay there" };
  }
  try {
    const paid = payable.pay(context, spec);
    return { paid: true, object: paid.id, status: paid.status, refusal: null };
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return { paid: false, object: id, status: null, refusal: error.body.code ?? error.message };
  }
}
