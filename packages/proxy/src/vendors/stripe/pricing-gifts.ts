/** Prices of what forgives or gives away money that was owed or would have been. */
import type { PricePlan } from "../vendor.ts";
import { isParams, type Params, textParam } from "./form.ts";
import {
  FREE,
  idOf,
  invalid,
  lookUp,
  type PriceQuestion,
  priceByField,
  readAmount,
  readId,
  requireCurrency,
  unknown,
} from "./pricing-plan.ts";

const INVOICE = { object: "invoice", collection: "invoices" };
const DISPUTE = { object: "dispute", collection: "disputes" };

/** Voided or written off: what remains is forgiven. */
export const priceInvoiceForgiven = priceByField(INVOICE, "amount_remaining");

/** The customer owes again what the note had taken off. */
export const priceCreditNoteVoid = priceByField(
  { object: "credit_note", collection: "credit_notes" },
  "amount",
);

/** Accepted as lost. */
export const priceDispute = priceByField(DISPUTE, "amount");

/** Evidence goes to the bank once, and poor evidence loses the dispute; `submit=false` only keeps it. */
export function priceDisputeUpdate(call: PriceQuestion): PricePlan {
  const isNote = Object.keys(call.params).every((name) => name === "metadata" || name === "expand");
  // Empty text is Stripe's default, which submits.
  const isDraft = textParam(call.params, "submit") === "false";
  return isNote || isDraft ? FREE : priceDispute(call);
}

/** What a draft's items counted is no longer asked for. A negative total is the customer's. */
export function priceInvoiceDelete(call: PriceQuestion): PricePlan {
  return lookUp({ ...INVOICE, id: idOf(call) }, ({ raw, currency }) => absolute(raw.total, currency));
}

/** A debt is forgiven, or a credit taken back. */
export function priceInvoiceItemDelete(call: PriceQuestion): PricePlan {
  const target = { object: "invoiceitem", collection: "invoiceitems", id: idOf(call) };
  return lookUp(target, ({ raw, currency }) => absolute(raw.amount, currency));
}

function absolute(amount: unknown, currency: string): PricePlan {
  if (typeof amount !== "number" || !Number.isSafeInteger(amount))
    return unknown("Stripe's answer does not say its amount");
  return { kind: "amount", amountMinor: Math.abs(amount), currency };
}

/** `amount_off` × `max_redemptions`: nobody can say what a share of a price is, or how often it is taken. */
export function priceCouponCreate({ params }: PriceQuestion): PricePlan {
  const off = readAmount(params, "amount_off");
  if (!off.ok) return off.plan;
  const times = readAmount(params, "max_redemptions");
  if (!times.ok) return times.plan;
  if (off.value === null || times.value === null)
    return unknown("a coupon needs amount_off and max_redemptions");
  const currency = requireCurrency(params);
  return currency.ok
    ? multiplied({ amountMinor: off.value, times: times.value, currency: currency.value })
    : currency.plan;
}

/** The coupon's `amount_off` × `max_redemptions`: anybody may redeem a code. */
export function pricePromotionCode({ params }: PriceQuestion): PricePlan {
  const { promotion } = params;
  const named: Params = isParams(promotion) ? promotion : params;
  const coupon = readId(named, "coupon");
  if (!coupon.ok) return coupon.plan;
  const times = readAmount(params, "max_redemptions");
  if (!times.ok) return times.plan;
  if (coupon.value === null) return invalid("promotion", "Missing required param: promotion[coupon].");
  const { value } = times;
  if (value === null) return unknown("a promotion code needs max_redemptions", "max_redemptions");
  return lookUp({ object: "coupon", collection: "coupons", id: coupon.value }, (found) => {
    const amountMinor = found.amount("amount_off");
    if (amountMinor === null || found.raw.duration !== "once")
      return unknown("only a coupon that takes an amount off one invoice can be priced");
    return multiplied({ amountMinor, times: value, currency: found.currency });
  });
}

function multiplied(gift: { amountMinor: number; times: number; currency: string }): PricePlan {
  const amountMinor = gift.amountMinor * gift.times;
  return Number.isSafeInteger(amountMinor)
    ? { kind: "amount", amountMinor, currency: gift.currency }
    : unknown("the sum of what is given is out of range");
}
