/** Card numbers and their codes among the parameters of a call. */
import type { Params, ParamValue } from "./form.ts";

/** What a card is named by on the wire: `source[number]`, `card[number]`, `payment_method_data[card][number]`. */
const CARDS: ReadonlySet<string> = new Set(["card", "source", "external_account", "default_source"]);

/**
 * The first parameter that holds a card's number or its code, by its name; null when there is none. Tokens and payment
 * methods, which stand for a card at Stripe, are none (docs.stripe.com/security/guide, "low-risk integrations").
 */
export function cardDataIn(params: Params): string | null {
  return findIn(params, { path: "", parent: "" });
}

interface Place {
  readonly path: string;
  /** The name of what it stands in, without list positions. */
  readonly parent: string;
}

function findIn(params: Params, { path, parent }: Place): string | null {
  for (const name of Object.keys(params)) {
    const value = params[name] ?? "";
    const parameter = path === "" ? name : `${path}[${name}]`;
    if (name === "cvc" || (name === "number" && CARDS.has(parent))) return parameter;
    const found = name === "metadata" ? null : findInValue(value, { path: parameter, parent: name });
    if (found !== null) return found;
  }
  return null;
}

function findInValue(value: ParamValue, place: Place): string | null {
  if (typeof value === "string") return null;
  if (!Array.isArray(value)) return findIn(value, place);
  for (const item of value) {
    const found = findInValue(item, place);
    if (found !== null) return found;
  }
  return null;
}
