/** Prices of invoices: making one is free while it stays a draft; finalizing and paying commit its amount. */
import { textParam } from "./form.ts";
import { priceInvoiceItem } from "./pricing-line-items.ts";
import {
  FREE,
  fromField,
  lookUp,
  type PricedCall,
  type PricePlan,
  readFlag,
  readSignedAmount,
  unknown,
} from "./pricing-plan.ts";

const idOf = (call: PricedCall): string => call.pathParams[0] ?? "";

/** Drafts are free, unless Stripe is told to finalize and collect them by itself. */
export function priceInvoiceDraft(call: PricedCall): PricePlan {
  const advances = readFlag(call.params, "auto_advance");
  if (!advances.ok) return advances.plan;
  if (advances.value || (textParam(call.params, "automatically_finalizes_at") ?? "") !== "") {
    return unknown("an invoice that finalizes itself cannot be priced; finalize it by a call");
  }
  return FREE;
}

/** Collects what remains; less what was counted when the invoice was finalized through this proxy. */
export function priceInvoicePay(call: PricedCall): PricePlan {
  const outOfBand = readFlag(call.params, "paid_out_of_band");
  if (!outOfBand.ok) return outOfBand.plan;
  if (outOfBand.value) {
    return unknown("paid_out_of_band declares a payment nobody here can see");
  }
  const id = idOf(call);
  return lookUp({ object: "invoice", collection: "invoices", id }, (invoice) =>
    fromField(invoice, "amount_remaining", { excessOver: id }),
  );
}

/** Commits the customer to the amount due. A draft whose taxes are not computed yet has no known amount. */
export function priceInvoiceCommit(call: PricedCall): PricePlan {
  const id = idOf(call);
  return lookUp({ object: "invoice", collection: "invoices", id }, (invoice) => {
    const tax = invoice.raw.automatic_tax as { enabled?: unknown; status?: unknown } | null | undefined;
    if (invoice.raw.status === "draft" && tax?.enabled === true && tax.status !== "complete") {
      return unknown("the invoice's automatic tax is not computed yet");
    }
    return fromField(invoice, "amount_due", { excessOver: id });
  });
}

export function priceInvoiceItemCreate(call: PricedCall): PricePlan {
  const amount = readSignedAmount(call.params, "amount");
  return amount.ok ? priceInvoiceItem(call, amount.value) : amount.plan;
}

/** Parameters of an invoice item that change its words and not its amount. */
const ITEM_WORDING: ReadonlySet<string> = new Set(["description", "expand", "metadata", "period"]);

/** A new amount costs what exceeds the old one; a new price or quantity cannot be priced. */
export function priceInvoiceItemUpdate(call: PricedCall): PricePlan {
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
