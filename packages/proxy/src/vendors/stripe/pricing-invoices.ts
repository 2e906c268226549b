/** Prices of invoices: making one is free while it stays a draft; finalizing and paying commit its amount. */
import type { PricePlan } from "../vendor.ts";
import { waitsForCall } from "./billed.ts";
import { emptyParams, hasParam } from "./form.ts";
import { FREE, fromField, idOf, type LookedUp, lookUp, type PriceQuestion, unknown } from "./pricing-plan.ts";

/** Parameters of an invoice that change neither what it asks for nor whether it is collected. */
const INVOICE_WORDING: ReadonlySet<string> = new Set(
  (
    "account_tax_ids custom_fields days_until_due description due_date effective_at expand footer metadata number " +
    "rendering statement_descriptor"
  ).split(" "),
);

function lookUpInvoice(call: PriceQuestion, price: (invoice: LookedUp) => PricePlan): PricePlan {
  return lookUp({ object: "invoice", collection: "invoices", id: idOf(call) }, price);
}

/** A draft: its `auto_advance` is fixed, since its default has changed with the versions of Stripe's API. */
export function priceInvoiceCreate(call: PriceQuestion): PricePlan {
  if (hasParam(call.params, "auto_advance")) return FREE;
  return { kind: "free", inject: Object.assign(emptyParams(), { auto_advance: "false" }) };
}

/**
 * Words are free at any time, the rest only on a draft that stays one. A draft that advances is finalized and
 * collected without a call that is priced: what changes it is collected unpriced, and to stop it gives money away.
 */
export function priceInvoiceUpdate(call: PriceQuestion): PricePlan {
  const odd = Object.keys(call.params).find((name) => !INVOICE_WORDING.has(name));
  if (odd === undefined) return FREE;
  return lookUpInvoice(call, ({ raw }) => {
    return waitsForCall(raw)
      ? FREE
      : unknown(
          `changing ${odd} of an invoice that is no draft, or collects by itself, cannot be priced`,
          odd,
        );
  });
}

/**
 * What has been and is to be collected, less what was counted when the invoice was finalized through this proxy. On a
 * draft Stripe would finalize first, add taxes, and leave the invoice open after a decline.
 */
export function priceInvoicePay(call: PriceQuestion): PricePlan {
  return lookUpInvoice(call, (invoice) => {
    if (invoice.raw.status === "draft")
      return unknown("the amount of a draft is not final; finalize the invoice first");
    const paid = invoice.amount("amount_paid");
    const remaining = invoice.amount("amount_remaining");
    if (paid === null || remaining === null) return unknown("Stripe's answer does not say what remains");
    return {
      kind: "amount",
      amountMinor: paid + remaining,
      currency: invoice.currency,
      excessOver: idOf(call),
    };
  });
}

/** Commits the customer to the amount due. A draft whose taxes are not computed yet has no known amount. */
export function priceInvoiceCommit(call: PriceQuestion): PricePlan {
  return lookUpInvoice(call, (invoice) => {
    const tax = invoice.raw.automatic_tax as { enabled?: unknown; status?: unknown } | null | undefined;
    if (invoice.raw.status === "draft" && tax?.enabled === true && tax.status !== "complete") {
      return unknown("the invoice's automatic tax is not computed yet");
    }
    return fromField(invoice, "amount_due", { excessOver: idOf(call) });
  });
}
