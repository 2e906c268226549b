/**
 * Whatever begins like a key, Stripe's or ours: vault keys (`vk_`), Stripe's secret, restricted, publishable,
 * ephemeral and user keys, organisation keys (`sk_org_`) and webhook secrets; masked ones (`sk_test_****1234`)
 * included. The lookbehind keeps `risk_live_x` whole; one pass, no backtracking.
 */
const SECRET = /(?<![A-Za-z0-9])(?:(?:sk|rk|pk|vk|ek|uk)_(?:live|test|sim|org)|whsec)_[A-Za-z0-9_*.-]+/gi;

/** The text with everything in it that looks like a key replaced by `[redacted]`. */
export function redactSecrets(text: string): string {
  return text.replaceAll(SECRET, "[redacted]");
}

/** True when something that looks like a key stands anywhere in the text. */
export function holdsSecret(text: string): boolean {
  return text.search(SECRET) >= 0;
}
