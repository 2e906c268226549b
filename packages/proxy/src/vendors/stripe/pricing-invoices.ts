/** Prices of invoices: making one is free while it stays a draft; finalizing and paying commit its amount. */
import type { PricePlan } from "../vendor.ts";
import { emptyParams, hasParam, textParam } from "./form.ts";
import { priceInvoiceItem } from "./pricing-line-items.ts";
import {
  FREE,
  fromField,
  lookUp,
  type PriceQuestion,
  readFlag,
  readSignedAmount,
  unknown,
} from "./pricing-plan.ts";

const idOf = (call: PriceQuestion): string => call.pathParams[0] ?? "";

/** Parameters of an invoice that cannot raise what it asks for. */
const INVOICE_WORDING: ReadonlySet<string> = new Set(
  (
    "account_tax_ids auto_advance automatically_finalizes_at custom_fields days_until_due description due_date " +
    "effective_at expand footer metadata number rendering statement_descriptor"
  ).split(" "),
);

/**
 * A draft of a subscription finalizes and collects by itself: new taxes, or a discount taken off it, would
 * be collected without a call that is priced. Other drafts are priced when they are finalized.
 */
function priceDraftUpdate(call: PriceQuestion): PricePlan {
  const odd = Object.keys(call.params).find((name) => !INVOICE_WORDING.has(name));
  if (odd === undefined) return FREE;
  return lookUp({ object: "invoice", collection: "invoices", id: idOf(call) }, ({ raw }) => {
    const stays =
      raw.status === "draft" && raw.auto_advance === false && raw.automatically_finalizes_at == null;
    return stays ? FREE : unknown(`changing ${odd} of an invoice that collects by itself cannot be priced`);
  });
}

/** Drafts are free, unless Stripe is told to finalize and collect them by itself. */
export function priceInvoiceDraft(call: PriceQuestion): PricePlan {
  const advances = readFlag(call.params, "auto_advance");
  if (!advances.ok) return advances.plan;
  if (advances.value || (textParam(call.params, "automatically_finalizes_at") ?? "") !== "") {
    return unknown("an invoice that finalizes itself cannot be priced; finalize it by a call");
  }
  if (call.operation === "invoices.update") return priceDraftUpdate(call);
  if (hasParam(call.params, "auto_advance")) return FREE;
  // Its default has changed between versions of Stripe's API, and the client chooses the version.
  return { kind: "free", inject: Object.assign(emptyParams(), { auto_advance: "false" }) };
}

/** Collects what remains; less what was counted when the invoice was finalized through this proxy. */
export function priceInvoicePay(call: PriceQuestion): PricePlan {
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
export function priceInvoiceCommit(call: PriceQuestion): PricePlan {
  const id = idOf(call);
  return lookUp({ object: "invoice", collection: "invoices", id }, (invoice) => {
    const tax = invoice.raw.automatic_tax as { enabled?: unknown; status?: unknown } | null | undefined;
    if (invoice.raw.status === "draft" && tax?.enabled === true && tax.status !== "complete") {
      return unknown("the invoice's automatic tax is not computed yet");
    }
    return fromField(invoice, "amount_due", { excessOver: id });
  });
}

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
