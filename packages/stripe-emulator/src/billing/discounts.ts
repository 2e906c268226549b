import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import type { Input } from "../params.ts";
import { type Context, idOf, type State } from "../state.ts";
import { percentOf } from "./shares.ts";

/** `discounts[0][coupon]=…` of invoices, items, subscriptions and checkout sessions. */
export const DISCOUNTS = {
  each: { coupon: "string", discount: "string", promotion_code: "string" },
} as const;

/** What a discount is on. */
export interface Discounted {
  readonly customer: string | null;
  readonly invoice?: string;
  readonly invoiceItem?: string;
  readonly subscription?: string;
  readonly subscriptionItem?: string;
  readonly checkoutSession?: string;
}

/** Whether a coupon can be redeemed once more. */
export function isRedeemable(coupon: Stripe.Coupon, now: number): boolean {
  const isUsedUp = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  return !isUsedUp && (coupon.redeem_by === null || coupon.redeem_by > now);
}

function needRedeemable(context: Context, id: string, param: string): Stripe.Coupon {
  const coupon = context.state.coupons.need(id, param);
  if (isRedeemable(coupon, context.now)) return coupon;
  throw invalidRequest(`Coupon ${id} is expired or has been redeemed too often.`, {
    param,
    code: "coupon_expired",
  });
}

/** The promotion code, checked to be one that this customer may use now. */
export function needPromotionCode(
  context: Context,
  code: Stripe.PromotionCode,
  customer: string | null,
): Stripe.PromotionCode {
  const owner = idOf(code.customer);
  const isUsedUp = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions;
  const isOver = code.expires_at !== null && code.expires_at <= context.now;
  if (code.active && !isUsedUp && !isOver && (owner === null || owner === customer)) return code;
  throw invalidRequest("This promotion code cannot be redeemed.", { param: "discounts" });
}

function endOf(coupon: Stripe.Coupon, now: number): number | null {
  if (coupon.duration !== "repeating") return null;
  return now + (coupon.duration_in_months ?? 1) * 30 * 24 * 60 * 60;
}

/** Redeems a coupon, perhaps by a promotion code. */
export function redeem(
  context: Context,
  coupon: Stripe.Coupon,
  on: Discounted & { readonly promotionCode: Stripe.PromotionCode | null },
): Stripe.Discount {
  const discount: Stripe.Discount = {
    id: context.makeId("discount"),
    object: "discount",
    checkout_session: on.checkoutSession ?? null,
    customer: on.customer,
    customer_account: null,
    end: endOf(coupon, context.now),
    invoice: on.invoice ?? null,
    invoice_item: on.invoiceItem ?? null,
    promotion_code: on.promotionCode?.id ?? null,
    source: { coupon: coupon.id, type: "coupon" },
    start: context.now,
    subscription: on.subscription ?? null,
    subscription_item: on.subscriptionItem ?? null,
  };
  coupon.times_redeemed += 1;
  coupon.valid = isRedeemable(coupon, context.now);
  if (on.promotionCode !== null) on.promotionCode.times_redeemed += 1;
  context.state.discounts.set(discount.id, discount);
  return discount;
}

/** The ids of the discounts that a request asks for, redeemed; an existing discount is taken over. */
export function makeDiscounts(context: Context, inputs: readonly Input[], on: Discounted): string[] {
  const { state } = context;
  return inputs.map((input) => {
    const existing = input.string("discount");
    if (existing !== undefined) {
      if (state.discounts.has(existing)) return existing;
      throw invalidRequest(`No such discount: '${existing}'`, {
        param: input.path("discount"),
        code: "resource_missing",
      });
    }
    const codeId = input.string("promotion_code");
    if (codeId === undefined) {
      const id = input.requiredString("coupon");
      return redeem(context, needRedeemable(context, id, input.path("coupon")), {
        ...on,
        promotionCode: null,
      }).id;
    }
    const code = state.promotionCodes.need(codeId, input.path("promotion_code"));
    const promotionCode = needPromotionCode(context, code, on.customer);
    const coupon = needRedeemable(context, idOf(code.promotion.coupon) ?? "", input.path("promotion_code"));
    return redeem(context, coupon, { ...on, promotionCode }).id;
  });
}

/** What a coupon takes off an amount; nothing in another currency. */
export function couponOff(coupon: Stripe.Coupon, amountMinor: number, currency: string): number {
  if (amountMinor <= 0) return 0;
  if (coupon.percent_off !== null) return percentOf(amountMinor, coupon.percent_off);
  return coupon.currency === currency ? Math.min(coupon.amount_off ?? 0, amountMinor) : 0;
}

/** The coupon behind a discount that still holds at a moment, or undefined. */
export function couponOf(state: State, discountId: string, now: number): Stripe.Coupon | undefined {
  const discount = state.discounts.get(discountId);
  if (discount === undefined || (discount.end !== null && discount.end <= now)) return undefined;
  return state.coupons.get(idOf(discount.source.coupon) ?? "");
}

/** Ids only, as the emulator's objects hold them. */
export function discountIds(discounts: readonly (string | { readonly id: string })[] | null): string[] {
  return (discounts ?? []).map((discount) => idOf(discount) ?? "");
}
