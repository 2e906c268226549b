const SECRET = /\b((?:sk|rk|vk)_(?:live|test|sim)_)[A-Za-z0-9_-]+/g;

/** Cuts Stripe keys and vault keys out of a text: a mistyped command line can hold one. */
export function redact(text: string): string {
  return text.replace(SECRET, "$1…");
}
