/** Prices of money given back or sent out: refunds, transfers, payouts, top-ups, credit. */
import type { PricePlan } from "../vendor.ts";
import { minorPerMajor } from "./currencies.ts";
import { emptyParams, hasParam, type Params, textParam } from "./form.ts";
import {
  asLookedUp,
  fromField,
  idOf,
  invalid,
  type LookedUp,
  lookUp,
  type PriceQuestion,
  priceByField,
  priceFromRequest,
  readAmount,
  readCurrency,
  readId,
  readSignedAmount,
  requireCurrency,
  unknown,
} from "./pricing-plan.ts";

function injectAmount(amountMinor: number): Params {
  return Object.assign(emptyParams(), { amount: String(amountMinor) });
}

/**
 * The remainder of an object, fixed in the forwarded body so that what was priced is what moves. Nothing
 * left: the smallest amount is sent, which Stripe refuses in its own words (`charge_already_refunded`).
 * Sending no amount would be unpriced should a failing refund give the money back between look-up and call.
 */
function priceRemainder(currency: string, remainderMinor: number): PricePlan {
  const smallest = minorPerMajor(currency) === 1000 ? 10 : 1;
  const amountMinor = remainderMinor > 0 ? remainderMinor : smallest;
  return { kind: "amount", amountMinor, currency, inject: injectAmount(amountMinor) };
}

/**
 * A refund costs what it asks for (Stripe refuses more than the remainder), or the charge's remainder. The
 * currency is the charge's and is always looked up, except for refunds out of a customer's cash balance.
 */
export function priceRefund(call: PriceQuestion): PricePlan {
  const { params } = call;
  if (hasParam(params, "origin")) return priceBalanceRefund(params);
  const amount = readAmount(params, "amount");
  if (!amount.ok) return amount.plan;
  const charge = readId(params, "charge");
  if (!charge.ok) return charge.plan;
  const intent = readId(params, "payment_intent");
  if (!intent.ok) return intent.plan;
  if (charge.value !== null && intent.value !== null) {
    return invalid("payment_intent", "Name the charge or the payment intent to refund, not both.");
  }
  if (charge.value !== null) return refundOfCharge(charge.value, amount.value);
  if (intent.value !== null) return refundOfIntent(intent.value, amount.value);
  return invalid("charge", "One of charge and payment_intent is required.");
}

function priceBalanceRefund(params: Params): PricePlan {
  if (textParam(params, "origin") !== "customer_balance") {
    return invalid("origin", "Invalid origin: must be customer_balance.");
  }
  if (hasParam(params, "charge") || hasParam(params, "payment_intent")) {
    return invalid("origin", "origin goes with customer, not with charge or payment_intent.");
  }
  return priceFromRequest(params);
}

function refundOfCharge(id: string, asked: number | null): PricePlan {
  return lookUp({ object: "charge", collection: "charges", id }, (charge) =>
    priceChargeRefund(charge, asked),
  );
}

function priceChargeRefund(charge: LookedUp, asked: number | null): PricePlan {
  if (asked !== null) return { kind: "amount", amountMinor: asked, currency: charge.currency };
  const refunded = charge.amount("amount_refunded");
  const isCaptured = charge.raw.captured !== false;
  // An authorisation is released whole: Stripe takes no partial refund of it, so no amount is fixed.
  if (!isCaptured) return fromField(charge, "amount");
  const captured = charge.amount("amount_captured") ?? charge.amount("amount");
  if (captured === null || refunded === null) return unknown("Stripe's answer does not say what is left");
  return priceRemainder(charge.currency, captured - refunded);
}

function refundOfIntent(id: string, asked: number | null): PricePlan {
  const query: Params = Object.assign(emptyParams(), { expand: ["latest_charge"] });
  const expand = asked === null ? { query } : {};
  return lookUp({ object: "payment_intent", collection: "payment_intents", id, ...expand }, (intent) => {
    if (asked !== null) return { kind: "amount", amountMinor: asked, currency: intent.currency };
    const { latest_charge: latest } = intent.raw;
    if (typeof latest === "string") return refundOfCharge(latest, null);
    const chargeId = (latest as { id?: unknown } | null | undefined)?.id;
    const charge =
      typeof chargeId === "string" ? asLookedUp(latest, { object: "charge", id: chargeId }) : null;
    return charge === null
      ? unknown(`the payment intent ${id} shows no charge to refund`)
      : priceChargeRefund(charge, null);
  });
}

/** Without an amount, a transfer takes the whole source charge; that amount is then fixed. */
export function priceTransfer(call: PriceQuestion): PricePlan {
  const amount = readAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  if (amount.value !== null) return priceFromRequest(call.params);
  const currency = requireCurrency(call.params);
  if (!currency.ok) return currency.plan;
  const source = readId(call.params, "source_transaction");
  if (!source.ok) return source.plan;
  if (source.value === null) return invalid("amount", "Missing required param: amount.");
  return lookUp({ object: "charge", collection: "charges", id: source.value }, (charge) => {
    const whole = charge.amount("amount");
    if (charge.currency !== currency.value || whole === null) {
      return unknown("the transfer's amount cannot be told from its source");
    }
    return priceRemainder(charge.currency, whole);
  });
}

/** The amount asked for, or what is left of an object that counts its reversals in `reversedField`. */
function pricePartOf(
  call: PriceQuestion,
  target: { object: string; collection: string; reversedField: string },
): PricePlan {
  const asked = readAmount(call.params, "amount");
  if (!asked.ok) return asked.plan;
  return lookUp({ ...target, id: idOf(call) }, (found) => {
    if (asked.value !== null) return { kind: "amount", amountMinor: asked.value, currency: found.currency };
    const whole = found.amount("amount");
    const reversed = found.amount(target.reversedField);
    if (whole === null || reversed === null) return unknown("Stripe's answer does not say what is left");
    return priceRemainder(found.currency, whole - reversed);
  });
}

export function priceTransferReversal(call: PriceQuestion): PricePlan {
  return pricePartOf(call, {
    object: "transfer",
    collection: "transfers",
    reversedField: "amount_reversed",
  });
}

export function priceApplicationFeeRefund(call: PriceQuestion): PricePlan {
  return pricePartOf(call, {
    object: "application_fee",
    collection: "application_fees",
    reversedField: "amount_refunded",
  });
}

/** Cancelling or reversing moves the payout's whole amount back. */
export const pricePayoutUndo = priceByField({ object: "payout", collection: "payouts" }, "amount");

export const priceTopupCancel = priceByField({ object: "topup", collection: "topups" }, "amount");

/** A credit note is priced by what it says it gives back; one that leaves the split to Stripe is not. */
export function priceCreditNote(call: PriceQuestion): PricePlan {
  const { params } = call;
  let given = 0;
  for (const name of ["refund_amount", "credit_amount", "out_of_band_amount"]) {
    const amount = readAmount(params, name);
    if (!amount.ok) return amount.plan;
    given += amount.value ?? 0;
  }
  const total = readAmount(params, "amount");
  if (!total.ok) return total.plan;
  if (given === 0) {
    return unknown("a credit note needs refund_amount, credit_amount or out_of_band_amount");
  }
  const invoice = readId(params, "invoice");
  if (!invoice.ok) return invoice.plan;
  if (invoice.value === null) return invalid("invoice", "Missing required param: invoice.");
  return lookUp({ object: "invoice", collection: "invoices", id: invoice.value }, (found) => ({
    kind: "amount",
    amountMinor: Math.max(given, total.value ?? 0),
    currency: found.currency,
  }));
}

/** Credit given to a customer (negative) costs as much as a debt put on him (positive). */
export function priceBalanceTransaction(call: PriceQuestion): PricePlan {
  const amount = readSignedAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  if (amount.value === null) return invalid("amount", "Missing required param: amount.");
  const currency = readCurrency(call.params);
  if (!currency.ok) return currency.plan;
  if (currency.value === null) return invalid("currency", "Missing required param: currency.");
  return { kind: "amount", amountMinor: amount.value, currency: currency.value };
}
