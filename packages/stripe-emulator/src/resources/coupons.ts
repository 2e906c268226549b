import type Stripe from "stripe";
import { isRedeemable } from "../billing/discounts.ts";
import { invalidRequest } from "../errors.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const couponParams = {
  ...unsupported("applies_to", "currency_options"),
  amount_off: "integer",
  currency: "string",
  duration: ["forever", "once", "repeating"],
  duration_in_months: "integer",
  expand: "expand",
  id: "string",
  max_redemptions: "integer",
  metadata: "metadata",
  name: "string",
  percent_off: "decimal",
  redeem_by: "integer",
} as const satisfies Record<keyof Stripe.CouponCreateParams, unknown> & ParameterSpec;

const couponUpdateParams = {
  ...unsupported("currency_options"),
  expand: "expand",
  metadata: "metadata",
  name: "string",
} as const satisfies Record<keyof Stripe.CouponUpdateParams, unknown> & ParameterSpec;

const promotionParams = {
  ...unsupported("customer_account", "restrictions"),
  active: "boolean",
  code: "string",
  customer: "string",
  expand: "expand",
  expires_at: "integer",
  max_redemptions: "integer",
  metadata: "metadata",
  promotion: { fields: { coupon: "string", type: ["coupon"] } },
} as const satisfies Record<keyof Stripe.PromotionCodeCreateParams, unknown> & ParameterSpec;

const promotionUpdateParams = {
  ...unsupported("restrictions"),
  active: "boolean",
  expand: "expand",
  metadata: "metadata",
} as const satisfies Record<keyof Stripe.PromotionCodeUpdateParams, unknown> & ParameterSpec;

function prepareCreateCoupon(input: Input): (context: Context) => Stripe.Coupon {
  const percentOff = input.decimal("percent_off") ?? null;
  const amountOff = input.integer("amount_off") ?? null;
  if ((percentOff === null) === (amountOff === null)) {
    throw invalidRequest("You must pass either percent_off or amount_off, and not both.", {
      param: "percent_off",
    });
  }
  if (percentOff !== null && (percentOff <= 0 || percentOff > 100)) {
    throw invalidRequest("percent_off must be greater than 0 and at most 100.", { param: "percent_off" });
  }
  const currency = amountOff === null ? null : checkCurrency(input.requiredString("currency"));
  return (context) => {
    const id = input.string("id") ?? context.makeId("coupon");
    if (context.state.coupons.get(id) !== undefined) {
      throw invalidRequest("Coupon already exists.", { param: "id", code: "resource_already_exists" });
    }
    const coupon: Stripe.Coupon = {
      id,
      object: "coupon",
      amount_off: amountOff,
      created: context.now,
      currency,
      duration: (input.string("duration") ?? "once") as Stripe.Coupon.Duration,
      duration_in_months: input.integer("duration_in_months") ?? null,
      livemode: false,
      max_redemptions: input.integer("max_redemptions") ?? null,
      metadata: newMetadata(input.metadata()),
      name: input.string("name") ?? null,
      percent_off: percentOff,
      redeem_by: input.integer("redeem_by") ?? null,
      times_redeemed: 0,
      valid: true,
    };
    coupon.valid = isRedeemable(coupon, context.now);
    context.state.coupons.add(coupon);
    return coupon;
  };
}

function prepareUpdateCoupon(input: Input, id: string): (context: Context) => Stripe.Coupon {
  return ({ state }) => {
    const coupon = state.coupons.need(id, "id");
    coupon.name = input.string("name") ?? coupon.name;
    coupon.metadata = mergeMetadata(coupon.metadata ?? {}, input.metadata());
    return coupon;
  };
}

function prepareCreatePromotion(input: Input): (context: Context) => Stripe.PromotionCode {
  const couponId = input.fields("promotion")?.requiredString("coupon") ?? input.requiredString("promotion");
  return (context) => {
    const { state } = context;
    const coupon = state.coupons.need(couponId, "promotion[coupon]");
    const customer = input.string("customer") ?? null;
    if (customer !== null) state.customers.need(customer, "customer");
    const promotion: Stripe.PromotionCode = {
      id: context.makeId("promotionCode"),
      object: "promotion_code",
      active: input.boolean("active") ?? true,
      code: input.string("code") ?? context.makeId("promotionWord").toUpperCase(),
      created: context.now,
      customer,
      customer_account: null,
      expires_at: input.integer("expires_at") ?? null,
      livemode: false,
      max_redemptions: input.integer("max_redemptions") ?? null,
      metadata: newMetadata(input.metadata()),
      promotion: { coupon: coupon.id, type: "coupon" },
      restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
      times_redeemed: 0,
    };
    state.promotionCodes.add(promotion);
    return promotion;
  };
}

function prepareUpdatePromotion(input: Input, id: string): (context: Context) => Stripe.PromotionCode {
  return ({ state }) => {
    const promotion = state.promotionCodes.need(id, "id");
    promotion.active = input.boolean("active") ?? promotion.active;
    promotion.metadata = mergeMetadata(promotion.metadata ?? {}, input.metadata());
    return promotion;
  };
}

const coupon = { permission: "rak_coupon_write", returns: "coupon" } as const;
const promotion = {
  method: "POST",
  permission: "rak_promotion_code_write",
  returns: "promotion_code",
} as const;

export const couponRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Coupon>({
    path: "/v1/coupons",
    name: "coupons",
    permission: "rak_coupon_read",
    returns: "coupon",
    collection: ({ coupons }) => coupons,
  }),
  ...readRoutes<Stripe.PromotionCode>({
    path: "/v1/promotion_codes",
    name: "promotionCodes",
    permission: "rak_promotion_code_read",
    returns: "promotion_code",
    collection: ({ promotionCodes }) => promotionCodes,
    filters: { code: "string", coupon: "string", customer: "string" },
    where: (input) => [
      equals(input, "code", (value: Stripe.PromotionCode) => value.code),
      equals(input, "coupon", (value: Stripe.PromotionCode) => idOf(value.promotion.coupon)),
      equals(input, "customer", (value: Stripe.PromotionCode) => idOf(value.customer)),
    ],
  }),
  {
    ...coupon,
    method: "POST",
    path: "/v1/coupons",
    operation: "coupons.create",
    params: couponParams,
    prepare: prepareCreateCoupon,
  },
  {
    ...coupon,
    method: "POST",
    path: "/v1/coupons/{id}",
    operation: "coupons.update",
    params: couponUpdateParams,
    prepare: prepareUpdateCoupon,
  },
  {
    ...coupon,
    method: "DELETE",
    path: "/v1/coupons/{id}",
    operation: "coupons.del",
    params: {},
    // Discounts that were made with it stay: only new redemptions end.
    prepare: (_input, id) => (context) => {
      const deleted = context.state.coupons.need(id, "id");
      deleted.redeem_by = context.now;
      deleted.valid = false;
      return { id, object: "coupon", deleted: true };
    },
  },
  {
    ...promotion,
    path: "/v1/promotion_codes",
    operation: "promotionCodes.create",
    params: promotionParams,
    prepare: prepareCreatePromotion,
  },
  {
    ...promotion,
    path: "/v1/promotion_codes/{id}",
    operation: "promotionCodes.update",
    params: promotionUpdateParams,
    prepare: prepareUpdatePromotion,
  },
];
