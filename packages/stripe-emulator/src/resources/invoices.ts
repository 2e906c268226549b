import type Stripe from "stripe";
import { taxRatesOf } from "../billing/catalog.ts";
import { makeDiscounts } from "../billing/discounts.ts";
import { drawLine } from "../billing/invoice-lines.ts";
import { newInvoice } from "../billing/invoice-object.ts";
import { addDraft, checkEditable, scheduleAdvance, shareInvoice } from "../billing/invoices.ts";
import { priceInvoice } from "../billing/price-invoice.ts";
import { checkConnect } from "../connect-params.ts";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { checkCurrency } from "../money.ts";
import type { Input } from "../params.ts";
import { needPaymentMethod } from "../payment-sources.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { searchRoute } from "../search.ts";
import { type Context, idOf } from "../state.ts";
import { createParams, updateParams } from "./invoice-params.ts";

const DAY_SECONDS = 24 * 60 * 60;

function checkDue(input: Input, method: string): void {
  const isDue = input.has("due_date") || input.has("days_until_due");
  if (!isDue || method === "send_invoice") return;
  throw invalidRequest("`due_date` can only be set on invoices with `collection_method=send_invoice`.", {
    param: input.has("due_date") ? "due_date" : "days_until_due",
  });
}

function applyShares(context: Context, invoice: Stripe.Invoice, input: Input): void {
  if (!["application_fee_amount", "transfer_data", "on_behalf_of"].some((name) => input.has(name))) return;
  const { applicationFeeMinor, destination, transferMinor, onBehalfOf } = checkConnect(context, input);
  if (input.has("on_behalf_of")) invoice.on_behalf_of = onBehalfOf;
  shareInvoice(context, invoice, {
    ...(input.has("application_fee_amount") ? { application_fee_amount: applicationFeeMinor } : {}),
    ...(destination === null
      ? {}
      : { transfer_data: { destination, ...(transferMinor === null ? {} : { amount: transferMinor }) } }),
  });
}

/** Everything that a draft may be told, at its creation or later. */
function applyFields(context: Context, invoice: Stripe.Invoice, input: Input): void {
  const method = input.string("default_payment_method");
  const discounts = input.each("discounts");
  const rates = input.strings("default_tax_rates");
  const days = input.integer("days_until_due");
  invoice.collection_method = input.string("collection_method") ?? invoice.collection_method;
  checkDue(input, invoice.collection_method);
  if (method !== undefined) {
    invoice.default_payment_method = needPaymentMethod(context, method, "default_payment_method").id;
  }
  if (rates !== undefined) invoice.default_tax_rates = taxRatesOf(context, rates, "default_tax_rates");
  if (discounts !== undefined) {
    const on = { customer: idOf(invoice.customer), invoice: invoice.id };
    invoice.discounts = makeDiscounts(context, discounts, on);
  }
  applyShares(context, invoice, input);
  invoice.automatic_tax.enabled =
    input.fields("automatic_tax")?.boolean("enabled") ?? invoice.automatic_tax.enabled;
  invoice.default_source = input.string("default_source") ?? invoice.default_source;
  invoice.due_date = input.integer("due_date") ?? invoice.due_date;
  if (days !== undefined) invoice.due_date = context.now + days * DAY_SECONDS;
  invoice.effective_at = input.integer("effective_at") ?? invoice.effective_at;
  invoice.number = input.string("number") ?? invoice.number;
  if (input.has("description")) invoice.description = input.text("description") ?? null;
  if (input.has("footer")) invoice.footer = input.text("footer") ?? null;
  if (input.has("statement_descriptor")) {
    invoice.statement_descriptor = input.text("statement_descriptor") ?? null;
  }
  invoice.auto_advance = input.boolean("auto_advance") ?? invoice.auto_advance ?? false;
  if (!invoice.auto_advance) invoice.automatically_finalizes_at = null;
  invoice.automatically_finalizes_at =
    input.integer("automatically_finalizes_at") ?? invoice.automatically_finalizes_at;
}

/** Items that wait for an invoice: all of the customer's, or those of one subscription. */
export function pullPendingItems(
  context: Context,
  invoice: Stripe.Invoice,
  subscription: string | null,
): void {
  for (const item of context.state.invoiceItems.withKey("customer", idOf(invoice.customer) ?? "")) {
    const owner = idOf(item.parent?.subscription_details?.subscription);
    const isMeant = item.invoice === null && item.currency === invoice.currency && owner === subscription;
    if (isMeant) drawLine(context, invoice, item);
  }
}

function prepareCreate(input: Input): (context: Context) => Stripe.Invoice {
  const customerId = input.requiredString("customer");
  const asked = input.string("currency");
  const currency = asked === undefined ? undefined : checkCurrency(asked);
  return (context) => {
    const { state } = context;
    const customer = state.customers.need(customerId, "customer");
    const subscriptionId = input.string("subscription") ?? null;
    const subscription =
      subscriptionId === null ? null : state.subscriptions.need(subscriptionId, "subscription");
    const invoice = newInvoice(context, customer, {
      currency: currency ?? subscription?.currency ?? customer.currency ?? "usd",
      metadata: newMetadata(input.metadata()),
      parent:
        subscription === null
          ? null
          : {
              quote_details: null,
              subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
              type: "subscription_details",
            },
    });
    if (subscription !== null) {
      invoice.default_tax_rates = subscription.default_tax_rates ?? [];
      invoice.automatic_tax.enabled = subscription.automatic_tax.enabled;
    }
    applyFields(context, invoice, input);
    if (subscription !== null) pullPendingItems(context, invoice, subscription.id);
    if (input.string("pending_invoice_items_behavior") === "include")
      pullPendingItems(context, invoice, null);
    addDraft(context, invoice);
    return invoice;
  };
}

/** Fields that may also be changed once an invoice is open (docs.stripe.com/api/invoices/update). */
const OPEN_FIELDS = [
  "auto_advance",
  "default_payment_method",
  "default_source",
  "due_date",
  "days_until_due",
  "expand",
  "metadata",
];

function prepareUpdate(input: Input, id: string): (context: Context) => Stripe.Invoice {
  return (context) => {
    const { state } = context;
    const invoice = state.invoices.need(id, "id");
    const isOpenChange = Object.keys(updateParams).every(
      (name) => OPEN_FIELDS.includes(name) || !input.has(name),
    );
    if (invoice.status !== "open" || !isOpenChange) checkEditable(invoice);
    invoice.metadata = mergeMetadata(invoice.metadata ?? {}, input.metadata());
    applyFields(context, invoice, input);
    priceInvoice(state, invoice, context.now);
    scheduleAdvance(context, invoice);
    recordEvent(context, "invoice.updated", invoice);
    return invoice;
  };
}

function prepareDelete(_input: Input, id: string): (context: Context) => object {
  return (context) => {
    const { state } = context;
    const invoice = state.invoices.need(id, "id");
    if (invoice.status !== "draft" || invoice.parent !== null) {
      throw invalidRequest("You can only delete draft invoices that belong to no subscription.", {
        code: "invoice_not_editable",
      });
    }
    for (const line of invoice.lines.data) {
      const item = line.parent?.invoice_item_details?.invoice_item;
      if (item !== undefined) state.invoiceItems.delete(item);
    }
    state.invoices.delete(id);
    recordEvent(context, "invoice.deleted", invoice);
    return { id, object: "invoice", deleted: true };
  };
}

const write = { permission: "rak_invoice_write", returns: "invoice" } as const;

export const invoiceRoutes: readonly Route[] = [
  ...readRoutes<Stripe.Invoice>({
    path: "/v1/invoices",
    name: "invoices",
    permission: "rak_invoice_read",
    returns: "invoice",
    collection: ({ invoices }) => invoices,
    filters: {
      collection_method: "string",
      created: "range",
      customer: "string",
      status: "string",
      subscription: "string",
    },
    where: (input) => [
      equals(input, "collection_method", (invoice: Stripe.Invoice) => invoice.collection_method),
      equals(input, "customer", (invoice: Stripe.Invoice) => idOf(invoice.customer)),
      equals(input, "status", (invoice: Stripe.Invoice) => invoice.status),
      equals(input, "subscription", (invoice: Stripe.Invoice) =>
        idOf(invoice.parent?.subscription_details?.subscription),
      ),
    ],
  }),
  searchRoute({
    resource: "invoices",
    operation: "invoices.search",
    fields: ["created", "currency", "customer", "metadata", "number", "status", "total"],
    permission: "rak_invoice_read",
    returns: "list:invoice",
    collection: (state) => state.invoices,
  }),
  {
    ...write,
    method: "POST",
    path: "/v1/invoices",
    operation: "invoices.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    method: "POST",
    path: "/v1/invoices/{id}",
    operation: "invoices.update",
    params: updateParams,
    prepare: prepareUpdate,
  },
  {
    ...write,
    method: "DELETE",
    path: "/v1/invoices/{id}",
    operation: "invoices.del",
    params: {},
    prepare: prepareDelete,
  },
];
