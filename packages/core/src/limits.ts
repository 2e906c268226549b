/** Every limit of the tools and clients, in one place, with the reason for its size. */
export const LIMITS = {
  /** One call with all its tries. More than the 70 s for which the proxy lets a repeated call wait. */
  timeoutMs: 80_000,
  timeoutMaxMs: 600_000,
  /** Tries of one call, the first included. Three is what Stripe's own SDKs do. */
  tries: 3,
  /** First pause between tries; it doubles, with jitter. */
  backoffMs: 250,
  backoffMaxMs: 4_000,
  /** Agent headers are refused by the proxy beyond this. */
  agentTextLength: 200,
  /** Stripe's limit (docs.stripe.com/api/idempotent_requests). */
  idempotencyKeyLength: 255,
  /** Stripe's largest amount: eight digits. */
  amountMax: 99_999_999,
  /** Longest object id that is accepted; Stripe's are under 40. */
  idLength: 120,
  descriptionLength: 500,
  referenceLength: 200,
  /** Stripe's largest page. */
  listMax: 100,
  listDefault: 10,
  /** Pages that `check_existing_charge` reads of each list: 1000 charges and 1000 payment intents of one customer. */
  searchPages: 10,
  /** Acts that a run remembers; the oldest are forgotten first (the proxy still knows them). */
  actsRemembered: 10_000,
  /** Longest text of an upstream message that is passed on to a model. */
  messageLength: 600,
} as const;
