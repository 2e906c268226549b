import { currencyDecimals } from "@keybrake/core";
import type { Amount, PricePlan } from "../vendor.ts";
import type { DescribedOperation, Term } from "./description.ts";
import { type Fields, isFields, valueAt } from "./fields.ts";

/** What a call of a declared vendor costs, by its description's figures. Exact: no float comes near them. */

/** Decimals of a price: of a dollar, twelve places. */
const PLACES = 12;
const UNIT = 10n ** BigInt(PLACES);
const UNITS_PER_MICRO = UNIT / 1_000_000n;
/** More of anything is a mistake, or an attack on the arithmetic. */
const COUNT_MAX = 1_000_000_000;

/** `params`: of the body, the query and the path. */
export function planOf({ cost }: DescribedOperation, params: Fields, isWrite: boolean): PricePlan {
  if (cost === "free" || (cost === undefined && !isWrite)) return { kind: "free" };
  if (cost === undefined) return { kind: "unknown", reason: "its description names no cost" };
  if (!Array.isArray(cost)) return amountPlan(cost, params);
  for (const { per } of cost) {
    if (per !== undefined && countOf(per, params) === null)
      return {
        kind: "invalid",
        param: per.param,
        reason: `${per.param} must say how many are asked for: the call costs by it.`,
      };
  }
  return { kind: "usd", usdMicros: sum(cost, params) ?? Number.MAX_SAFE_INTEGER };
}

/** What an answer says that it did cost, in millionths of a dollar; null where it does not say. */
export function chargedIn({ charged }: DescribedOperation, answer: unknown): number | null {
  return Array.isArray(charged) ? sum(charged, answer) : null;
}

/** The amount that an answer says was moved; what was priced where it does not say. */
export function movedIn({ charged }: DescribedOperation, answer: unknown, priced: Amount): Amount {
  if (charged === undefined || Array.isArray(charged) || !isFields(answer)) return priced;
  const plan = amountPlan(charged, answer);
  return plan.kind === "amount" ? { amountMinor: plan.amountMinor, currency: plan.currency } : priced;
}

/** Rounded up once, at the end, so that a cap is never passed by a fraction. Null when a count is missing. */
function sum(terms: readonly Term[], fields: unknown): number | null {
  let units = 0n;
  for (const { usd, per } of terms) {
    const times = per === undefined ? 1 : countOf(per, fields);
    if (times === null) return null;
    units += toUnits(usd) * BigInt(times);
  }
  const micros = (units + UNITS_PER_MICRO - 1n) / UNITS_PER_MICRO;
  return micros <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(micros) : null;
}

function toUnits(usd: string): bigint {
  const [whole = "", fraction = ""] = usd.split(".");
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(PLACES, "0"));
}

function countOf({ param, count, every, missing }: NonNullable<Term["per"]>, fields: unknown): number | null {
  const value = valueAt(fields, param);
  const counted = value === undefined || value === null ? (missing ?? null) : measure(value, count);
  return counted === null ? null : Math.ceil(counted / every);
}

function measure(value: unknown, count: NonNullable<Term["per"]>["count"]): number | null {
  // One recipient is often written without a list.
  if (count === "items") return Array.isArray(value) ? value.length : 1;
  if (count === "characters") return typeof value === "string" ? value.length : null;
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  const isCount =
    typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= COUNT_MAX;
  return isCount ? number : null;
}

type AmountCost = Exclude<DescribedOperation["cost"], "free" | readonly Term[] | undefined>;

function amountPlan({ param, unit, currency }: AmountCost, params: Fields): PricePlan {
  const named = typeof currency === "string" ? currency : valueAt(params, currency.param);
  if (typeof named !== "string" || !/^[A-Za-z]{3}$/.test(named)) {
    const at = typeof currency === "string" ? param : currency.param;
    return { kind: "invalid", param: at, reason: `${at} must be a currency of three letters.` };
  }
  const lower = named.toLowerCase();
  const text = String(valueAt(params, param) ?? "");
  const amountMinor = minorOf(text, unit === "major" ? currencyDecimals(lower) : 0);
  if (amountMinor === null)
    return { kind: "invalid", param, reason: `${param} must be an amount in the ${unit} unit of ${lower}.` };
  return { kind: "amount", amountMinor, currency: lower };
}

/** `12.50` with two decimals is 1250. Null for what is no such amount. */
function minorOf(text: string, decimals: number): number | null {
  const match = /^(\d{1,12})(?:\.(\d{1,3}))?$/.exec(text);
  const fraction = match?.[2] ?? "";
  if (match === null || fraction.length > decimals) return null;
  return Number(`${match[1]}${fraction.padEnd(decimals, "0")}`);
}
