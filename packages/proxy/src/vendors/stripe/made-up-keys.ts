/**
 * Idempotency-Keys that an SDK makes for one call when its caller gives none, or that code makes as it makes every id.
 * Such a key is another one when the call is made again, so it says nothing of whether the act is.
 */

/**
 * As the sources of Stripe's SDKs make them:
 * - stripe-node 23, RequestSender.js `_defaultIdempotencyKey`: `stripe-node-retry-` and a UUID;
 * - stripe-python 16, _api_requestor.py `_generate_idempotency_key`: 16 random bytes in the layout of a UUID, without
 *   the bits of a version; `str(uuid.uuid4())` before 12;
 * - stripe-java 29, net/StripeRequest.java `buildHeaders`: `UUID.randomUUID()`;
 * - stripe-php, Util/RandomGenerator.php `uuid`: version 4;
 * - stripe-ruby, api_requestor.rb: `SecureRandom.uuid`, when it may retry;
 * - Stripe.net, StripeRequest.cs `BuildStripeHeaders`: `Guid.NewGuid()`.
 *
 * So every version counts: of stripe-python's, one in 64 looks as if it were made of a name (RFC 9562, version 5).
 */
const UUID = /^(?:stripe-node-retry-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The other spellings of RFC 9562's: in braces, as a URN, without hyphens. No SDK of Stripe's writes them, so a name's
 * (versions 3 and 5) was chosen; and 32 hex digits with no version at all are a digest of something.
 */
const SPELLED = /^(?:\{[0-9a-f-]{36}\}|urn:uuid:[0-9a-f-]{36}|[0-9a-f]{32})$/i;
const RANDOM_OR_TIMED = /^[0-9a-f]{12}[124678][0-9a-f]{3}[89ab][0-9a-f]{15}$/i;

/** stripe-go 82, params.go `NewIdempotencyKey`: nanoseconds since 1970 (here: 2020 to 2033) and six of URL-safe base64. */
const GO = /^1[6-9][0-9]{17}_[A-Za-z0-9_-]{6}$/;

/** github.com/ulid/spec: 48 bits of milliseconds (here: 2005 to 2039) and 80 random ones, in Crockford's base 32. */
const ULID = /^01[0-9A-HJKMNP-TV-Z]{24}$/i;

/** nanoid 5, url-alphabet: 21 random characters of A-Z, a-z, 0-9, `_` and `-`. */
const NANOID = /^[A-Za-z0-9_-]{21}$/;

/**
 * Neighbours of two kinds (upper case, lower case, digit), of which random text of that length has 11.7 on average and
 * fewer than 7 once in a hundred times; words and numbers joined by hyphens have hardly any.
 */
const MIXED = /(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]/g;
const NANOID_MIXED_MIN = 7;

/** Also true for a bare UUID that a caller made: one for every call, as the articles do it, is as good as none. */
export function isMadeUpKey(key: string): boolean {
  return UUID.test(key) || isSpelledUuid(key) || GO.test(key) || ULID.test(key) || isNanoid(key);
}

function isSpelledUuid(key: string): boolean {
  if (!SPELLED.test(key)) return false;
  return RANDOM_OR_TIMED.test(key.replace(/^urn:uuid:/i, "").replaceAll(/[{}-]/g, ""));
}

function isNanoid(key: string): boolean {
  return NANOID.test(key) && (key.match(MIXED)?.length ?? 0) >= NANOID_MIXED_MIN;
}
