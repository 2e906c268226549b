/**
 * Parameters that Stripe's older versions have and the pinned one has not. Clients choose their version, so what
 * is widely sent and moves nothing passes; every name here was looked at. Top-level names, plain values or lists.
 */
export const OLDER_PARAMETERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...[
    // Which ways to pay are offered: now `allowed_payment_method_types`.
    "checkout.sessions.create",
    "paymentIntents.confirm",
    "paymentIntents.create",
    "paymentIntents.update",
    "setupIntents.create",
    "setupIntents.update",
  ].map((operation) => [operation, new Set(["payment_method_types"])] as const),
  // Now `promotion[coupon]`; priced alike.
  ["promotionCodes.create", new Set(["coupon"])] as const,
]);
