/** Prices of what stands on invoices and is collected with the next one. */
import type { PricePlan } from "../vendor.ts";
import { priceInvoiceItem } from "./pricing-line-items.ts";
import { FREE, idOf, lookUp, type PriceQuestion, readSignedAmount, unknown } from "./pricing-plan.ts";

export function priceInvoiceItemCreate(call: PriceQuestion): PricePlan {
  const amount = readSignedAmount(call.params, "amount");
  return amount.ok ? priceInvoiceItem(call, amount.value) : amount.plan;
}

/** Parameters of an invoice item that change its words and not its amount. */
const ITEM_WORDING: ReadonlySet<string> = new Set(["description", "expand", "metadata", "period"]);

/** A new amount costs what exceeds the old one; a new price or quantity cannot be priced. */
export function priceInvoiceItemUpdate(call: PriceQuestion): PricePlan {
  const changes = Object.keys(call.params).filter((name) => !ITEM_WORDING.has(name));
  if (changes.length === 0) return FREE;
  if (changes.some((name) => name !== "amount"))
    return unknown("this change of an invoice item cannot be priced");
  const amount = readSignedAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  const id = idOf(call);
  return lookUp({ object: "invoiceitem", collection: "invoiceitems", id }, (item) => {
    const { quantity } = item.raw;
    if (quantity !== 1 || amount.value === null) return unknown("only items of quantity 1 can be priced");
    return { kind: "amount", amountMinor: amount.value, currency: item.currency, excessOver: id };
  });
}
