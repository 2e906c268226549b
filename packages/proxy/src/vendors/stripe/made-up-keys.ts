/**
 * Idempotency-Keys that an SDK makes for one call when its caller gives none. Such a key is another one when the call is
 * made again, so it says nothing of whether the act is.
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
 */
const UUID = /^(?:stripe-node-retry-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** stripe-go 82, params.go `NewIdempotencyKey`: nanoseconds since 1970 and six characters of URL-safe base64. */
const GO = /^[0-9]{18,20}_[A-Za-z0-9_-]{6}$/;

/** Also true for a bare UUID that a caller made: one for every call, as the articles do it, is as good as none. */
export function isMadeUpKey(key: string): boolean {
  return UUID.test(key) || GO.test(key);
}
