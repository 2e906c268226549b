/**
 * Every limit of the emulator. None is Stripe's own unless it says so; they keep a test machine alive when a
 * client misbehaves.
 */

/** Largest request body in bytes. Stripe-shaped forms are a few hundred bytes. */
export const BODY_BYTES_MAX = 256 * 1024;

/** Most parameters in one form, as Rack and other servers bound them. */
export const FORM_PARAMETERS_MAX = 1000;

/** Deepest nesting of one form parameter: `a[b][c]` has 3. */
export const FORM_DEPTH_MAX = 8;

/** Stripe's limit (docs.stripe.com/api/idempotent_requests). */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

/** Stripe may forget a key when it is this old; so does the emulator. */
export const IDEMPOTENCY_KEY_TTL_MS = 24 * 60 * 60 * 1000;

/** Most idempotency keys kept; the oldest finished ones are forgotten first, as if their time was up. */
export const IDEMPOTENCY_KEYS_KEPT = 100_000;

/** Most objects of one kind; further writes are answered 503 until the emulator is reset. */
export const OBJECTS_MAX = 500_000;

/** Events kept; older ones are forgotten (Stripe forgets them after 30 days). */
export const EVENTS_KEPT = 10_000;

/** Requests kept for `GET /_emulator/requests`. */
export const REQUESTS_KEPT = 10_000;

/** Characters of a body kept in the request log; a longer body is cut. */
export const LOGGED_BODY_CHARACTERS_MAX = 16_384;

/** Faults that may be armed at once. */
export const FAULTS_MAX = 100;

/** Longest injected delay: longer than the 80 s after which Stripe's SDKs give up. */
export const FAULT_DELAY_MS_MAX = 120_000;

/** Stripe's list page size (openapi spec: "Limit can range between 1 and 100, and the default is 10"). */
export const PAGE_LIMIT_MAX = 100;
export const PAGE_LIMIT_DEFAULT = 10;

/** Stripe's limit on the depth of one `expand` path. */
export const EXPAND_DEPTH_MAX = 4;

/** Stripe's limits on metadata (docs.stripe.com/api/metadata). */
export const METADATA_KEYS_MAX = 50;
export const METADATA_KEY_LENGTH_MAX = 40;
export const METADATA_VALUE_LENGTH_MAX = 500;

/** Stripe's limit on a charge: eight digits in the currency's smallest unit. */
export const AMOUNT_MINOR_MAX = 99_999_999;

/** Longest value of a plain string parameter, Stripe's most common bound. */
export const STRING_LENGTH_MAX = 5000;

/**
 * Idle connections are kept this long. Node's own 5 s is so short that a client's pool often sends its next
 * request into a connection that is just being closed.
 */
export const KEEP_ALIVE_MS = 75_000;

/** Furthest that one control request moves the clock: ten years. */
export const CLOCK_STEP_MS_MAX = 10 * 366 * 24 * 60 * 60 * 1000;
