/** What a call costs, as data: decided at once, or after one more look-up at Stripe. */
import type { PricePlan } from "../vendor.ts";
import { encodeForm, hasParam, type Params, textParam } from "./form.ts";
import { isObjectId } from "./ids.ts";

/** A call to be priced: the operation's name, its decoded body (or query), the ids of its path, its Stripe-Version. */
export interface PriceQuestion {
  readonly operation: string;
  readonly params: Params;
  readonly pathParams: readonly string[];
  /** As the client sent it; null leaves it to the account's own. */
  readonly apiVersion: string | null;
}

/** The first id of the path; look-ups refuse the empty text. */
export const idOf = (call: PriceQuestion): string => call.pathParams[0] ?? "";

/** Stripe's own limit is lower for all currencies but a few (IDR takes twelve digits). */
const POSITIVE_INTEGER = /^[1-9]\d{0,11}$/;
const SIGNED_INTEGER = /^-?[1-9]\d{0,11}$/;

export const FREE: PricePlan = { kind: "free" };

/** `param`: the parameter that makes it so. */
export function unknown(reason: string, param?: string): PricePlan {
  return { kind: "unknown", reason, ...(param === undefined ? {} : { param }) };
}

export function invalid(param: string, reason: string): PricePlan {
  return { kind: "invalid", param, reason };
}

/** A value that was read, or the plan that ends pricing. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly plan: PricePlan };

const read = <T>(value: T): Read<T> => ({ ok: true, value });
const stop = (plan: PricePlan): Read<never> => ({ ok: false, plan });

/** A canonical positive integer (`100`; not `1e3`, `+5`, ` 5`, `05`, `1.0`); null when the name is absent. */
export function readAmount(params: Params, name: string): Read<number | null> {
  if (!hasParam(params, name)) return read(null);
  const text = textParam(params, name);
  if (text !== undefined && POSITIVE_INTEGER.test(text)) return read(Number(text));
  return stop(invalid(name, `Invalid ${name}: must be a positive integer in the currency's smallest unit.`));
}

/** Like `readAmount`, but the name must be there. */
export function requireAmount(params: Params, name: string): Read<number> {
  const amount = readAmount(params, name);
  if (!amount.ok) return amount;
  return amount.value === null ? stop(invalid(name, `Missing required param: ${name}.`)) : read(amount.value);
}

/** The absolute value of a signed amount; null when absent. A credit costs as much as a debit. */
export function readSignedAmount(params: Params, name: string): Read<number | null> {
  if (!hasParam(params, name)) return read(null);
  const text = textParam(params, name);
  if (text !== undefined && SIGNED_INTEGER.test(text)) return read(Math.abs(Number(text)));
  return stop(invalid(name, `Invalid ${name}: must be an integer other than zero.`));
}

/** Lower-case code of three letters; null when absent. */
export function readCurrency(params: Params, name = "currency"): Read<string | null> {
  if (!hasParam(params, name)) return read(null);
  const text = textParam(params, name);
  if (text !== undefined && /^[a-z]{3}$/i.test(text)) return read(text.toLowerCase());
  return stop(invalid(name, `Invalid ${name}: must be a currency code of three letters.`));
}

/** Like `readCurrency`, but the name must be there. */
export function requireCurrency(params: Params, name = "currency"): Read<string> {
  const currency = readCurrency(params, name);
  if (!currency.ok) return currency;
  return currency.value === null
    ? stop(invalid(name, `Missing required param: ${name}.`))
    : read(currency.value);
}

/** An object id that may be put into a path; null when absent. */
export function readId(params: Params, name: string): Read<string | null> {
  if (!hasParam(params, name)) return read(null);
  const text = textParam(params, name);
  return text !== undefined && isObjectId(text)
    ? read(text)
    : stop(invalid(name, `Invalid ${name}: must be the id of an object.`));
}

/** Amount and currency both in the request, required. */
export function priceFromRequest(params: Params, more: { inject?: Params } = {}): PricePlan {
  const amount = requireAmount(params, "amount");
  if (!amount.ok) return amount.plan;
  const currency = requireCurrency(params);
  if (!currency.ok) return currency.plan;
  return { kind: "amount", amountMinor: amount.value, currency: currency.value, ...more };
}

/** An object of Stripe that a look-up answered, with checked getters. */
export interface LookedUp {
  /** A safe integer ≥ 0, or null when the field is absent or something else. */
  amount(field: string): number | null;
  readonly currency: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Reads an answer as this object of this id; null when it is an error, another object or has no currency. */
export function asLookedUp(answer: unknown, expected: { object: string; id: string }): LookedUp | null {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return null;
  const raw = answer as Readonly<Record<string, unknown>>;
  if (raw.object !== expected.object || raw.id !== expected.id) return null;
  const { currency } = raw;
  if (typeof currency !== "string" || !/^[a-z]{3}$/i.test(currency)) return null;
  return {
    raw,
    currency: currency.toLowerCase(),
    amount: (field) => {
      const value = raw[field];
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
    },
  };
}

/** Looks an object up by id and prices with it; `unknown` when Stripe answers anything else. */
export function lookUp(
  target: { object: string; collection: string; id: string; query?: Params },
  price: (found: LookedUp) => PricePlan,
): PricePlan {
  const { object, collection, id, query } = target;
  if (!isObjectId(id)) return unknown(`the id of the ${object} cannot be looked up`);
  return {
    kind: "lookup",
    path: `/v1/${collection}/${encodeURIComponent(id)}${query === undefined ? "" : `?${encodeForm(query)}`}`,
    next: (answer) => {
      const found = asLookedUp(answer, { object, id });
      return found === null ? unknown(`Stripe did not show the ${object} ${id}`) : price(found);
    },
  };
}

/** Like `lookUp`, when the price is one of the object's amounts, whatever the request says. */
export function priceByField(
  target: { object: string; collection: string },
  field: string,
): (call: PriceQuestion) => PricePlan {
  return (call) => lookUp({ ...target, id: idOf(call) }, (found) => fromField(found, field));
}

/** An amount of a looked-up object, or `unknown` when the object does not say it. */
export function fromField(
  found: LookedUp,
  field: string,
  more: { excessOver?: string; atLeast?: number } = {},
): PricePlan {
  const amount = found.amount(field);
  if (amount === null) return unknown(`Stripe's answer has no ${field}`);
  const { atLeast = 0, excessOver } = more;
  return {
    kind: "amount",
    amountMinor: Math.max(amount, atLeast),
    currency: found.currency,
    ...(excessOver === undefined ? {} : { excessOver }),
  };
}
