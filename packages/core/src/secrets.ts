/** An underscore, as it stands or percent-encoded, once or again by whoever encodes what is encoded. */
const UNDERSCORE = "(?:_|%(?:25){0,3}5F)";

/** Behind no letter, or behind those of an escape. */
const START = "(?:(?<![A-Za-z])|(?<=%[0-9A-F]{2}))";

/** What stands in a key behind its prefix; encoded where an encoder may have thought it must. */
const REST = "(?:[A-Za-z0-9_*.-]|%(?:25){0,3}(?:5F|2A|2D|2E))+";

/**
 * Whatever begins like a key, Stripe's or ours: vault keys (`vk_`), admin keys (`kbadmin_`), Stripe's secret, restricted, publishable,
 * ephemeral and user keys, organisation keys (`sk_org_`) and webhook secrets; masked ones (`sk_test_****1234`)
 * included. Stripe's are looked for where no letter stands before them, which keeps `risk_live_x` whole, or where the
 * letters are an encoding's (`%3Dsk_live_…`). A vault key is what agents have, and no word ends like it: it is found
 * behind anything. One pass; what repeats is one character or one escape, so nothing is tried twice.
 */
const SECRET = new RegExp(
  `(?:(?:vk|${START}[srpeu]k)${UNDERSCORE}(?:live|test|sim|org)|${START}(?:whsec|kbadmin))${UNDERSCORE}${REST}`,
  "gi",
);

/** The text with everything in it that looks like a key replaced by `[redacted]`. */
export function redactSecrets(text: string): string {
  return text.replaceAll(SECRET, "[redacted]");
}

/** True when something that looks like a key stands anywhere in the text. */
export function holdsSecret(text: string): boolean {
  return text.search(SECRET) >= 0;
}
