import type Stripe from "stripe";
import { newCustomer } from "../customer-object.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { newIntent } from "../intent-object.ts";
import { confirmIntent, setPaymentMethod, usablePaymentMethod } from "../intents.ts";
import { attachPaymentMethod } from "../payment-sources.ts";
import { type CheckoutTerms, type Context, idOf } from "../state.ts";
import { couponOff, isRedeemable, needPromotionCode, redeem } from "./discounts.ts";
import { AUTOMATIC_TAX_PERCENT } from "./price-invoice.ts";
import { percentOf } from "./shares.ts";
import { newSubscription } from "./subscription-object.ts";
import { startSubscription } from "./subscriptions.ts";

const RECOVERY_SECONDS = 30 * 24 * 60 * 60;

/** One thing on a checkout page. */
export function newLineItem(context: Context, price: Stripe.Price, quantity: number): Stripe.LineItem {
  const amount = (price.unit_amount ?? 0) * quantity;
  return {
    id: context.makeId("lineItem"),
    object: "item",
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: price.currency,
    description: context.state.products.get(idOf(price.product) ?? "")?.name ?? null,
    metadata: {},
    price,
    quantity,
  };
}

/** What a page asks for: its items, less a coupon, and the tax that Stripe adds when it is paid. */
export function totalSession(
  session: Stripe.Checkout.Session,
  items: readonly Stripe.LineItem[],
  coupon: Stripe.Coupon | null,
): void {
  const subtotal = items.reduce((sum, item) => sum + item.amount_subtotal, 0);
  const discount = coupon === null ? 0 : couponOff(coupon, subtotal, session.currency ?? "");
  const tax = session.automatic_tax.enabled ? percentOf(subtotal - discount, AUTOMATIC_TAX_PERCENT) : 0;
  session.amount_subtotal = subtotal;
  session.amount_total = subtotal - discount + tax;
  session.total_details = { amount_discount: discount, amount_shipping: 0, amount_tax: tax };
}

/** Stores an open session, which expires by itself. */
export function openSession(
  context: Context,
  session: Stripe.Checkout.Session,
  items: readonly Stripe.LineItem[],
  terms: CheckoutTerms,
): void {
  context.state.checkoutSessions.add(session);
  context.state.lineItems.set(session.id, items);
  context.state.checkoutTerms.set(session.id, terms);
  context.later(session.expires_at, (then) => {
    if (session.status === "open") expireSession(then, session);
  });
}

/** Ends an open page. With recovery, its customer gets a link to a copy that can be paid for 30 days. */
export function expireSession(context: Context, session: Stripe.Checkout.Session): void {
  if (session.status !== "open") {
    throw invalidRequest(
      `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}`,
    );
  }
  session.status = "expired";
  session.url = null;
  const recovery = session.after_expiration?.recovery;
  if (recovery?.enabled) {
    recovery.expires_at = context.now + RECOVERY_SECONDS;
    recovery.url = `https://emulator.invalid/recover/${session.id}/${context.makeId("recovery")}`;
    context.later(recovery.expires_at, () => {
      recovery.url = null;
    });
  }
  recordEvent(context, "checkout.session.expired", session);
}

/** What opening a recovery link makes: an open copy of the expired page. */
export function recoverSession(context: Context, expired: Stripe.Checkout.Session): Stripe.Checkout.Session {
  const id = context.makeId("checkoutSession");
  const copy: Stripe.Checkout.Session = {
    ...expired,
    id,
    after_expiration: null,
    created: context.now,
    expires_at: context.now + 24 * 60 * 60,
    recovered_from: expired.id,
    status: "open",
    url: `https://emulator.invalid/checkout/${id}`,
  };
  const { lineItems, checkoutTerms } = context.state;
  const terms = checkoutTerms.get(expired.id);
  if (terms === undefined) throw new Error(`no terms for ${expired.id}`);
  openSession(context, copy, lineItems.get(expired.id) ?? [], terms);
  return copy;
}

/** What a payer brings to a page. */
export interface PagePayer {
  readonly methodId: string;
  readonly promotionCode: string | null;
}

function enterCode(context: Context, session: Stripe.Checkout.Session, word: string): void {
  const codes = [...context.state.promotionCodes.values()];
  const code = codes.find((each) => each.code.toLowerCase() === word.toLowerCase());
  const coupon = context.state.coupons.get(idOf(code?.promotion.coupon) ?? "");
  if (!session.allow_promotion_codes || code === undefined || coupon === undefined) {
    throw invalidRequest("This page takes no such promotion code.", { param: "promotion_code" });
  }
  if (!isRedeemable(coupon, context.now))
    throw invalidRequest("This coupon is over.", { code: "coupon_expired" });
  const promotionCode = needPromotionCode(context, code, idOf(session.customer));
  redeem(context, coupon, { customer: idOf(session.customer), checkoutSession: session.id, promotionCode });
  const terms = context.state.checkoutTerms.get(session.id);
  if (terms !== undefined) context.state.checkoutTerms.set(session.id, { ...terms, coupon });
  totalSession(session, context.state.lineItems.get(session.id) ?? [], coupon);
}

function complete(context: Context, session: Stripe.Checkout.Session, isPaid: boolean): void {
  session.status = "complete";
  session.url = null;
  session.payment_status = isPaid ? "paid" : "unpaid";
  recordEvent(context, "checkout.session.completed", session);
}

function payOnce(
  context: Context,
  session: Stripe.Checkout.Session,
  terms: CheckoutTerms,
  payer: PagePayer,
): void {
  const { state } = context;
  if (session.amount_total === 0) {
    complete(context, session, true);
    return;
  }
  const customer = idOf(session.customer);
  const intent = newIntent(context, {
    amount: session.amount_total ?? 0,
    currency: session.currency ?? "usd",
    customer,
    ...terms.intent,
  });
  state.paymentIntents.add(intent);
  state.books.paymentIntent("created");
  session.payment_intent = intent.id;
  setPaymentMethod(intent, usablePaymentMethod(context, { id: payer.methodId, customer }));
  confirmIntent(context, intent, {
    offSession: false,
    errorOnRequiresAction: false,
    returnUrl: null,
    authenticated: true,
  });
  complete(context, session, intent.status === "succeeded");
  state.intentFollowUps.set(intent.id, (then, _intent, how) => {
    const isPaid = how === "succeeded";
    session.payment_status = isPaid ? "paid" : "unpaid";
    const event = isPaid
      ? "checkout.session.async_payment_succeeded"
      : "checkout.session.async_payment_failed";
    recordEvent(then, event, session);
  });
}

function subscribe(
  context: Context,
  session: Stripe.Checkout.Session,
  terms: CheckoutTerms,
  payer: PagePayer,
): void {
  const { state } = context;
  if (session.customer === null) {
    const customer = newCustomer(context);
    state.customers.add(customer);
    session.customer = customer.id;
  }
  const customer = idOf(session.customer) ?? "";
  const method = usablePaymentMethod(context, { id: payer.methodId, customer });
  if (method.customer === null) attachPaymentMethod(state, method, customer);
  const subscription = newSubscription(context, {
    currency: session.currency ?? "usd",
    customer,
    default_payment_method: method.id,
    trial_end: terms.trialDays === null ? null : context.now + terms.trialDays * 24 * 60 * 60,
    ...terms.subscription,
  });
  subscription.automatic_tax.enabled = session.automatic_tax.enabled;
  if (terms.coupon !== null) {
    const on = { customer, subscription: subscription.id, promotionCode: null };
    subscription.discounts = [redeem(context, terms.coupon, on).id];
  }
  const sold = (state.lineItems.get(session.id) ?? []).flatMap(({ price, quantity }) =>
    price === null ? [] : [{ price, quantity: quantity ?? 1, taxRates: [], metadata: {} }],
  );
  startSubscription(context, subscription, sold, { behavior: "error_if_incomplete", offSession: true });
  session.subscription = subscription.id;
  session.invoice = idOf(subscription.latest_invoice);
  complete(context, session, true);
}

/** A payer pays an open page. Throws the 402 of a declined card: the page stays open. */
export function paySession(
  context: Context,
  session: Stripe.Checkout.Session,
  payer: PagePayer,
): Stripe.Checkout.Session {
  const terms = context.state.checkoutTerms.get(session.id);
  if (session.status !== "open" || terms === undefined) {
    throw invalidRequest(`This page is ${session.status}: it cannot be paid.`);
  }
  if (payer.promotionCode !== null) enterCode(context, session, payer.promotionCode);
  const current = context.state.checkoutTerms.get(session.id) ?? terms;
  if (session.mode === "subscription") subscribe(context, session, current, payer);
  else payOnce(context, session, current, payer);
  return session;
}
