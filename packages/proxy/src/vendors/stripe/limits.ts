/** Limits of what is read and sent in Stripe's terms; those of the whole proxy are in `../../limits.ts`. */
export const STRIPE_LIMITS = {
  /** Names in one body; Stripe's largest requests have a few hundred. */
  formPairs: 1000,
  /** `a[b][c]…`; Stripe's deepest parameters have six levels. */
  formDepth: 10,
  formKeyLength: 512,
  formArrayItems: 250,
  /** Stripe may forget an Idempotency-Key after this (docs.stripe.com/api/idempotent_requests). */
  idempotencyMemoryMs: 24 * 60 * 60 * 1000,
} as const;
