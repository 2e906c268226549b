import type Stripe from "stripe";
import { makeDiscounts } from "../billing/discounts.ts";
import { markUncollectible, payOutOfBand, voidInvoice } from "../billing/invoice-ends.ts";
import { changeItem, drawLine, newInvoiceItem } from "../billing/invoice-lines.ts";
import { checkEditable, finalizeByRequest, finalizeInvoice, payInvoice } from "../billing/invoices.ts";
import { priceInvoice } from "../billing/price-invoice.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { LIST_PARAMS } from "../lists.ts";
import { mergeMetadata } from "../metadata.ts";
import { type Input, missingParameter } from "../params.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";
import {
  addLinesParams,
  finalizeParams,
  payParams,
  removeLinesParams,
  updateLineParams,
} from "./invoice-params.ts";

type Prepare = (input: Input, id: string) => (context: Context) => Stripe.Invoice;

/** A step of the invoice's life that needs nothing from the request. */
function step(act: (context: Context, invoice: Stripe.Invoice) => void): Prepare {
  return (_input, id) => (context) => {
    const invoice = context.state.invoices.need(id, "id");
    act(context, invoice);
    return invoice;
  };
}

const prepareFinalize: Prepare = (input, id) => (context) => {
  const invoice = context.state.invoices.need(id, "id");
  invoice.auto_advance = input.boolean("auto_advance") ?? invoice.auto_advance ?? false;
  finalizeByRequest(context, invoice);
  return invoice;
};

/** Pays; a draft is finalised first, so that what is collected may be more than what was shown. */
const preparePay: Prepare = (input, id) => (context) => {
  const invoice = context.state.invoices.need(id, "id");
  if (!["draft", "open", "uncollectible"].includes(invoice.status ?? "")) {
    throw invalidRequest(
      invoice.status === "paid" ? "Invoice is already paid" : `A ${invoice.status} invoice cannot be paid.`,
      { code: "status_transition_invalid" },
    );
  }
  if (invoice.status === "draft") finalizeInvoice(context, invoice);
  // Nothing was due.
  if (invoice.amount_remaining === 0) return invoice;
  if (input.boolean("paid_out_of_band")) payOutOfBand(context, invoice);
  else {
    payInvoice(context, invoice, {
      methodId: input.string("payment_method") ?? input.string("source") ?? null,
      offSession: input.boolean("off_session") ?? true,
    });
  }
  return invoice;
};

const prepareSend: Prepare = (_input, id) => (context) => {
  const invoice = context.state.invoices.need(id, "id");
  if (invoice.collection_method !== "send_invoice") {
    throw invalidRequest("You can only send an invoice with collection_method=send_invoice.");
  }
  if (invoice.status === "draft") finalizeInvoice(context, invoice);
  recordEvent(context, "invoice.sent", invoice);
  return invoice;
};

const prepareAddLines: Prepare = (input, id) => {
  const lines = input.each("lines") ?? missingParameter("lines");
  return (context) => {
    const { state } = context;
    const invoice = state.invoices.need(id, "id");
    checkEditable(invoice);
    for (const line of lines) {
      const existing = line.string("invoice_item");
      const item =
        existing === undefined
          ? newInvoiceItem(context, line, {
              customer: idOf(invoice.customer) ?? "",
              currency: invoice.currency,
              invoice: invoice.id,
              subscription: null,
            })
          : state.invoiceItems.need(existing, line.path("invoice_item"));
      if (existing === undefined) state.invoiceItems.add(item);
      drawLine(context, invoice, item);
    }
    priceInvoice(state, invoice, context.now);
    return invoice;
  };
};

const prepareRemoveLines: Prepare = (input, id) => {
  const removed = input.each("lines") ?? missingParameter("lines");
  return (context) => {
    const { state } = context;
    const invoice = state.invoices.need(id, "id");
    checkEditable(invoice);
    for (const line of removed) {
      const found = needLine(invoice, line.requiredString("id"));
      invoice.lines.data = invoice.lines.data.filter((other) => other !== found);
      const item = state.invoiceItems.get(found.parent?.invoice_item_details?.invoice_item ?? "");
      if (item === undefined) continue;
      if (line.string("behavior") === "unassign") item.invoice = null;
      else state.invoiceItems.delete(item.id);
    }
    priceInvoice(state, invoice, context.now);
    return invoice;
  };
};

function needLine(invoice: Stripe.Invoice, lineId: string): Stripe.InvoiceLineItem {
  const line = invoice.lines.data.find(({ id }) => id === lineId);
  if (line !== undefined) return line;
  throw invalidRequest(`No such invoice line item: '${lineId}'`, { param: "id", code: "resource_missing" });
}

function changeSubscriptionLine(context: Context, line: Stripe.InvoiceLineItem, input: Input): void {
  const discounts = input.each("discounts");
  line.amount = input.integer("amount") ?? line.amount;
  line.metadata = mergeMetadata(line.metadata, input.metadata());
  line.discountable = input.boolean("discountable") ?? line.discountable;
  if (input.has("description")) line.description = input.text("description") ?? null;
  if (discounts !== undefined) line.discounts = makeDiscounts(context, discounts, { customer: null });
}

function prepareUpdateLine(input: Input, id: string, lineId: string): (context: Context) => object {
  return (context) => {
    const { state } = context;
    const invoice = state.invoices.need(id, "id");
    const line = needLine(invoice, lineId);
    checkEditable(invoice);
    const item = state.invoiceItems.get(line.parent?.invoice_item_details?.invoice_item ?? "");
    if (item === undefined) changeSubscriptionLine(context, line, input);
    else {
      changeItem(context, item, input);
      drawLine(context, invoice, item);
    }
    priceInvoice(state, invoice, context.now);
    return needLine(invoice, lineId);
  };
}

function prepareListLines(_input: Input, id: string): (context: Context) => object {
  return ({ state }) => state.invoices.need(id, "id").lines;
}

const write = { method: "POST", permission: "rak_invoice_write", returns: "invoice" } as const;
const plain = { expand: "expand" } as const;

export const invoiceActionRoutes: readonly Route[] = [
  {
    ...write,
    path: "/v1/invoices/{id}/finalize",
    operation: "invoices.finalizeInvoice",
    params: finalizeParams,
    prepare: prepareFinalize,
  },
  {
    ...write,
    path: "/v1/invoices/{id}/pay",
    operation: "invoices.pay",
    params: payParams,
    prepare: preparePay,
  },
  {
    ...write,
    path: "/v1/invoices/{id}/send",
    operation: "invoices.sendInvoice",
    params: plain,
    prepare: prepareSend,
  },
  {
    ...write,
    path: "/v1/invoices/{id}/void",
    operation: "invoices.voidInvoice",
    params: plain,
    prepare: step(voidInvoice),
  },
  {
    ...write,
    path: "/v1/invoices/{id}/mark_uncollectible",
    operation: "invoices.markUncollectible",
    params: plain,
    prepare: step(markUncollectible),
  },
  {
    ...write,
    path: "/v1/invoices/{id}/add_lines",
    operation: "invoices.addLines",
    params: addLinesParams,
    prepare: prepareAddLines,
  },
  {
    ...write,
    path: "/v1/invoices/{id}/remove_lines",
    operation: "invoices.removeLines",
    params: removeLinesParams,
    prepare: prepareRemoveLines,
  },
  {
    ...write,
    path: "/v1/invoices/{id}/lines/{inner}",
    operation: "invoices.updateLineItem",
    params: updateLineParams,
    returns: "line",
    prepare: prepareUpdateLine,
  },
  {
    method: "GET",
    path: "/v1/invoices/{id}/lines",
    operation: "invoices.listLineItems",
    permission: "rak_invoice_read",
    params: LIST_PARAMS,
    returns: "list:line",
    prepare: prepareListLines,
  },
];
