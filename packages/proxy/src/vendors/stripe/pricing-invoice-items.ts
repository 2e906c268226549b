/** Prices of what stands on invoices and is collected with the next one. */
import type { PricePlan } from "../vendor.ts";
import { entriesOf, isTaxed, waitsForCall } from "./billed.ts";
import { encodeForm } from "./form.ts";
import { priceInvoiceItem } from "./pricing-line-items.ts";
import { FREE, idOf, lookUp, type PriceQuestion, readId, readSignedAmount, unknown } from "./pricing-plan.ts";

/** Its amount, unless what collects it by itself puts taxes on top: a draft that advances, a subscription. */
export function priceInvoiceItemCreate(call: PriceQuestion): PricePlan {
  const amount = readSignedAmount(call.params, "amount");
  if (!amount.ok) return amount.plan;
  const item = priceInvoiceItem(call, amount.value);
  if (item.kind !== "amount" && item.kind !== "lookup") return item;
  const invoice = readId(call.params, "invoice");
  if (!invoice.ok) return invoice.plan;
  if (invoice.value !== null) return onInvoice(invoice.value, item);
  const customer = readId(call.params, "customer");
  if (!customer.ok) return customer.plan;
  return customer.value === null
    ? unknown("an invoice item needs an invoice or a customer")
    : onNextInvoice(customer.value, item);
}

function onInvoice(id: string, item: PricePlan): PricePlan {
  return lookUp({ object: "invoice", collection: "invoices", id }, ({ raw }) =>
    raw.status !== "draft" || waitsForCall(raw) || !isTaxed(raw)
      ? item
      : unknown("the invoice is finalised and collected by itself, with its taxes on top", "invoice"),
  );
}

/** The next invoice of the customer is one of any of his subscriptions, with that one's taxes. */
function onNextInvoice(customer: string, item: PricePlan): PricePlan {
  return {
    kind: "lookup",
    path: `/v1/subscriptions?${encodeForm({ customer, limit: "100" })}`,
    next: (answer) => {
      const found = entriesOf(answer);
      if (found === null) return unknown("Stripe did not show all subscriptions of the customer");
      return found.some(isTaxed)
        ? unknown("a subscription of the customer collects it by itself, with its taxes on top", "customer")
        : item;
    },
  };
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
    const { quantity, invoice, customer } = item.raw;
    if (quantity !== 1 || amount.value === null) return unknown("only items of quantity 1 can be priced");
    const { currency } = item;
    const price: PricePlan = { kind: "amount", amountMinor: amount.value, currency, excessOver: id };
    if (typeof invoice === "string") return onInvoice(invoice, price);
    return typeof customer === "string"
      ? onNextInvoice(customer, price)
      : unknown("Stripe's answer does not say whose item it is");
  });
}
