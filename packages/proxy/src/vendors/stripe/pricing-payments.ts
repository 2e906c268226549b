/** Prices of money taken from payers: charges and payment intents. */
import type { PricePlan } from "../vendor.ts";
import {
  FREE,
  fromField,
  idOf,
  lookUp,
  type PriceQuestion,
  priceFromRequest,
  readAmount,
  readCurrency,
  requireAmount,
  unknown,
} from "./pricing-plan.ts";

/**
 * An authorisation (`capture=false`) costs like a charge: it reserves the payer's money. A payment intent
 * costs its amount when it is made, confirmed or not, because the payer can complete it outside the proxy.
 */
export function priceCreate(call: PriceQuestion): PricePlan {
  return priceFromRequest(call.params);
}

/**
 * The whole charge or the part asked for, less what the ledger counted when the charge was authorised: for itself, or
 * for the payment intent that made it.
 */
export function priceChargeCapture(call: PriceQuestion): PricePlan {
  const asked = readAmount(call.params, "amount");
  if (!asked.ok) return asked.plan;
  const id = idOf(call);
  return lookUp({ object: "charge", collection: "charges", id }, (charge) => {
    const { payment_intent: intent } = charge.raw;
    const excessOver = typeof intent === "string" ? intent : id;
    return asked.value === null
      ? fromField(charge, "amount", { excessOver })
      : { kind: "amount", amountMinor: asked.value, currency: charge.currency, excessOver };
  });
}

function lookUpIntent(id: string, price: Parameters<typeof lookUp>[1]): PricePlan {
  return lookUp({ object: "payment_intent", collection: "payment_intents", id }, price);
}

/** Only a new amount or a new currency costs; the rest of an update moves nothing. */
export function priceIntentUpdate(call: PriceQuestion): PricePlan {
  const amount = readAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  const currency = readCurrency(call.params);
  if (!currency.ok) return currency.plan;
  if (amount.value === null && currency.value === null) return FREE;
  const id = idOf(call);
  return lookUpIntent(id, (intent) => {
    const current = intent.amount("amount");
    const next = amount.value ?? current;
    if (next === null) return unknown("Stripe's answer has no amount");
    const code = currency.value ?? intent.currency;
    const price: PricePlan = { kind: "amount", amountMinor: next, currency: code };
    // What was counted in another currency says nothing about this one.
    return code === intent.currency ? { ...price, excessOver: id } : price;
  });
}

/** Confirming, or completing a bank debit's verification, moves the intent's whole amount. */
export function priceIntentConfirm(call: PriceQuestion): PricePlan {
  const asked = readAmount(call.params, "amount_to_confirm");
  if (!asked.ok) return asked.plan;
  const id = idOf(call);
  return lookUpIntent(id, (intent) =>
    fromField(intent, "amount", { excessOver: id, atLeast: asked.value ?? 0 }),
  );
}

/** What was received before plus what is captured now, less what the ledger counted for the intent. */
export function priceIntentCapture(call: PriceQuestion): PricePlan {
  const asked = readAmount(call.params, "amount_to_capture");
  if (!asked.ok) return asked.plan;
  const id = idOf(call);
  return lookUpIntent(id, (intent) => {
    const received = intent.amount("amount_received");
    const capturable = intent.amount("amount_capturable");
    if (received === null || capturable === null) return unknown("Stripe's answer has no amount to capture");
    // With nothing left, as after a capture whose answer was lost, nothing can be captured, whatever is asked for.
    const captured = capturable === 0 ? 0 : (asked.value ?? capturable);
    return { kind: "amount", amountMinor: received + captured, currency: intent.currency, excessOver: id };
  });
}

/** `amount` is the new total of the authorisation. */
export function priceIntentIncrement(call: PriceQuestion): PricePlan {
  const amount = requireAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  const id = idOf(call);
  return lookUpIntent(id, (intent) => ({
    kind: "amount",
    amountMinor: amount.value,
    currency: intent.currency,
    excessOver: id,
  }));
}

/** Cash the customer holds at Stripe pays the intent: at most its amount. */
export function priceIntentApplyBalance(call: PriceQuestion): PricePlan {
  const amount = readAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  const currency = readCurrency(call.params);
  if (!currency.ok) return currency.plan;
  const id = idOf(call);
  return lookUpIntent(id, (intent) => {
    if (currency.value !== null && currency.value !== intent.currency) {
      return unknown("the currency is not the payment intent's");
    }
    return fromField(intent, "amount", { excessOver: id, atLeast: amount.value ?? 0 });
  });
}

/** What is authorised is let go of, less what was counted for the intent; with nothing authorised nothing is. */
export function priceIntentCancel(call: PriceQuestion): PricePlan {
  const id = idOf(call);
  return lookUpIntent(id, (intent) =>
    intent.amount("amount_capturable") === 0
      ? FREE
      : fromField(intent, "amount_capturable", { excessOver: id }),
  );
}
