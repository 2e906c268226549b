import type Stripe from "stripe";
import { type CreditNoteRequest, issueCreditNote, voidCreditNote } from "../billing/credit-notes.ts";
import { invalidRequest } from "../errors.ts";
import { mergeMetadata, newMetadata } from "../metadata.ts";
import { type Input, missingParameter, type ParameterSpec, unsupported } from "../params.ts";
import { equals, readRoutes } from "../resource-routes.ts";
import type { Route } from "../route.ts";
import { type Context, idOf } from "../state.ts";

const createParams = {
  ...unsupported("effective_at", "email_type", "refunds", "shipping_cost"),
  amount: "integer",
  credit_amount: "integer",
  expand: "expand",
  invoice: "string",
  lines: {
    each: {
      ...unsupported("metadata", "tax_amounts", "tax_rates", "unit_amount_decimal"),
      amount: "integer",
      description: "string",
      invoice_line_item: "string",
      quantity: "integer",
      type: ["custom_line_item", "invoice_line_item"],
      unit_amount: "integer",
    },
  },
  memo: "string",
  metadata: "metadata",
  out_of_band_amount: "integer",
  reason: ["duplicate", "fraudulent", "order_change", "product_unsatisfactory"],
  refund_amount: "integer",
} as const satisfies Record<keyof Stripe.CreditNoteCreateParams, unknown> & ParameterSpec;

const updateParams = {
  expand: "expand",
  memo: "string",
  metadata: "metadata",
} as const satisfies Record<keyof Stripe.CreditNoteUpdateParams, unknown> & ParameterSpec;

function readLine(context: Context, invoice: Stripe.Invoice, line: Input): Stripe.CreditNoteLineItem {
  const lineId = line.string("invoice_line_item");
  const credited = invoice.lines.data.find(({ id }) => id === lineId);
  if (lineId !== undefined && credited === undefined) {
    throw invalidRequest(`No such invoice line item: '${lineId}'`, { param: line.path("invoice_line_item") });
  }
  const quantity = line.integer("quantity") ?? null;
  const unit = line.integer("unit_amount") ?? null;
  const amount = line.integer("amount") ?? (unit === null ? credited?.amount : unit * (quantity ?? 1));
  return {
    id: context.makeId("creditNoteLine"),
    object: "credit_note_line_item",
    amount: amount ?? missingParameter(line.path("amount")),
    description: line.string("description") ?? credited?.description ?? null,
    discount_amount: 0,
    discount_amounts: [],
    ...(lineId === undefined ? {} : { invoice_line_item: lineId }),
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity,
    tax_rates: [],
    taxes: [],
    type: line.requiredString("type") as Stripe.CreditNoteLineItem.Type,
    unit_amount: unit,
    unit_amount_decimal: null,
  };
}

function readRequest(context: Context, invoice: Stripe.Invoice, input: Input): CreditNoteRequest {
  const lines = (input.each("lines") ?? []).map((line) => readLine(context, invoice, line));
  const ofLines = lines.length === 0 ? undefined : lines.reduce((sum, { amount }) => sum + amount, 0);
  return {
    amountMinor: ofLines ?? input.requiredInteger("amount"),
    lines,
    refundMinor: input.integer("refund_amount") ?? null,
    creditMinor: input.integer("credit_amount") ?? null,
    outOfBandMinor: input.integer("out_of_band_amount") ?? null,
    reason: (input.string("reason") ?? null) as Stripe.CreditNote.Reason | null,
    memo: input.string("memo") ?? null,
    metadata: newMetadata(input.metadata()),
  };
}

function prepareCreate(input: Input): (context: Context) => Stripe.CreditNote {
  const invoiceId = input.requiredString("invoice");
  return (context) => {
    const invoice = context.state.invoices.need(invoiceId, "invoice");
    return issueCreditNote(context, invoice, readRequest(context, invoice, input));
  };
}

const write = { method: "POST", permission: "rak_credit_note_write", returns: "credit_note" } as const;

export const creditNoteRoutes: readonly Route[] = [
  ...readRoutes<Stripe.CreditNote>({
    path: "/v1/credit_notes",
    name: "creditNotes",
    permission: "rak_credit_note_read",
    returns: "credit_note",
    collection: ({ creditNotes }) => creditNotes,
    filters: { created: "range", customer: "string", invoice: "string" },
    where: (input) => [
      equals(input, "customer", (note: Stripe.CreditNote) => idOf(note.customer)),
      equals(input, "invoice", (note: Stripe.CreditNote) => idOf(note.invoice)),
    ],
  }),
  {
    ...write,
    path: "/v1/credit_notes",
    operation: "creditNotes.create",
    params: createParams,
    prepare: prepareCreate,
  },
  {
    ...write,
    path: "/v1/credit_notes/{id}",
    operation: "creditNotes.update",
    params: updateParams,
    prepare:
      (input, id) =>
      ({ state }) => {
        const note = state.creditNotes.need(id, "id");
        note.memo = input.string("memo") ?? note.memo;
        note.metadata = mergeMetadata(note.metadata ?? {}, input.metadata());
        return note;
      },
  },
  {
    ...write,
    path: "/v1/credit_notes/{id}/void",
    operation: "creditNotes.voidCreditNote",
    params: { expand: "expand" },
    prepare: (_input, id) => (context) => {
      const note = context.state.creditNotes.need(id, "id");
      voidCreditNote(context, note);
      return note;
    },
  },
];
