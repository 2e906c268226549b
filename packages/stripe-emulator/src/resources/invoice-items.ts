import type Stripe from "stripe";
import { changeItem, drawLine, ITEM_PARAMS, newInvoiceItem } from "../billing/invoice-lines.ts";
import { checkEditable } from "../billing/invoices.ts";
import { priceInvoice } from "../billing/price-invoice.ts";
import { invalidRequest } from "../errors.ts";
import { createdFilter } from "../lists.ts";
import { type Input, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const createParams = {
  ...ITEM_PARAMS,
  ...unsupported("customer_account", "tax_behavior", "tax_code", "unit_amount_decimal"),
  currency: "string",
  customer: "string",
  expand: "expand",
  invoice: "string",
  subscription: "string",
} as const satisfies Record<keyof Stripe.InvoiceItemCreateParams, unknown> & ParameterSpec;

const updateParams = {
  ...ITEM_PARAMS,
  ...unsupported("invoicing_rules", "tax_behavior", "tax_code", "unit_amount_decimal"),
  expand: "expand",
} as const satisfies Record<keyof Stripe.InvoiceItemUpdateParams, unknown> & ParameterSpec;

/** The invoice that an item is on, checked to be one that may still change. */
function draftOf(context: Context, item: Stripe.InvoiceItem): Stripe.Invoice | undefined {
  const invoice = context.state.invoices.get(idOf(item.invoice) ?? "");
  if (invoice !== undefined) checkEditable(invoice);
  return invoice;
}

function prepareCreate(input: Input): (context: Context) => Stripe.InvoiceItem {
  return (context) => {
    const { state } = context;
    const invoiceId = input.string("invoice") ?? null;
    const invoice = invoiceId === null ? null : state.invoices.need(invoiceId, "invoice");
    if (invoice !== null) checkEditable(invoice);
    const subscriptionId = input.string("subscription") ?? null;
    const subscription =
      subscriptionId === null ? null : state.subscriptions.need(subscriptionId, "subscription");
    const owner = idOf(invoice?.customer ?? subscription?.customer ?? null);
    const customer = input.string("customer") ?? owner ?? input.requiredString("customer");
    state.customers.need(customer, "customer");
    if (owner !== null && owner !== customer) {
      throw invalidRequest("The invoice or subscription belongs to another customer.", { param: "customer" });
    }
    const item = newInvoiceItem(context, input, {
      customer,
      currency: invoice?.currency ?? subscription?.currency ?? input.string("currency"),
      invoice: invoiceId,
      subscription: subscriptionId,
    });
    state.invoiceItems.add(item);
    if (invoice !== null) {
      drawLine(context, invoice, item);
      priceInvoice(state, invoice, context.now);
    }
    return item;
  };
}

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.InvoiceItem {
  return (context) => {
    const { state } = context;
    const item = state.invoiceItems.need(id, "id");
    const invoice = draftOf(context, item);
    changeItem(context, item, input);
    if (invoice !== undefined) {
      drawLine(context, invoice, item);
      priceInvoice(state, invoice, context.now);
    }
    return item;
  };
}

function prepareDelete(_input: Input, id: string): (context: Context) => object {
  return (context) => {
    const { state } = context;
    const item = state.invoiceItems.need(id, "id");
    const invoice = draftOf(context, item);
    state.invoiceItems.delete(id);
    if (invoice !== undefined) {
      const { data } = invoice.lines;
      invoice.lines.data = data.filter((line) => line.parent?.invoice_item_details?.invoice_item !== id);
      priceInvoice(state, invoice, context.now);
    }
    return { id, object: "invoiceitem", deleted: true };
  };
}

/** An item says when it was made in `date`. */
function isMadeWithin(input: Input): ((item: Stripe.InvoiceItem) => boolean) | undefined {
  const isWithin = createdFilter(input);
  return isWithin === undefined ? undefined : ({ date }) => isWithin({ created: date });
}

function isPending(input: Input): ((item: Stripe.InvoiceItem) => boolean) | undefined {
  const pending = input.boolean("pending");
  return pending === undefined ? undefined : (item) => (item.invoice === null) === pending;
}

const write = { permission: "rak_invoice_write", returns: "invoiceitem" } as const;

export const invoiceItemRoutes: readonly Route[] = [
  ...readRoutes<Stripe.InvoiceItem>({
    path: "/v1/invoiceitems",
    name: "invoiceItems",
    permission: "rak_invoice_read",
    returns: "invoiceitem",
    collection: ({ invoiceItems }) => invoiceItems,
    filters: { created: "range", customer: "string", invoice: "string", pending: "boolean" },
    where: (input) => [
      equals(input, "customer", (item: Stripe.InvoiceItem) => idOf(item.customer)),
      equals(input, "invoice", (item: Stripe.InvoiceItem) => idOf(item.invoice)),
      isPending(input),
      isMadeWithin(input),
    ],
  }),
  {
    ...write,
    method: "POST",
    path: "/v1/invoiceitems",
    operation: "invoiceItems.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    method: "POST",
    path: "/v1/invoiceitems/{id}",
    operation: "invoiceItems.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    method: "DELETE",
    path: "/v1/invoiceitems/{id}",
    operation: "invoiceItems.del",
    params: {},
    prepare: prepareDelete,
  },
];
