import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { recordEvent } from "../events.ts";
import type { Metadata } from "../metadata.ts";
import { createRefund } from "../refunding.ts";
import { type Context, idOf } from "../state.ts";
import { changeCustomerBalance } from "./customer-balance.ts";
import { lowerRemaining } from "./invoice-ends.ts";
import { intentOf } from "./invoices.ts";

/** What a credit note is to do, checked by nobody yet. */
export interface CreditNoteRequest {
  readonly amountMinor: number;
  readonly lines: Stripe.CreditNoteLineItem[];
  readonly refundMinor: number | null;
  readonly creditMinor: number | null;
  readonly outOfBandMinor: number | null;
  readonly reason: Stripe.CreditNote.Reason | null;
  readonly memo: string | null;
  readonly metadata: Metadata;
}

/** How an amount is given back of a paid invoice: refund, credit to the customer's balance, elsewhere. */
function shareOut(request: CreditNoteRequest, afterPaymentMinor: number) {
  const given = [request.refundMinor, request.creditMinor, request.outOfBandMinor];
  if (afterPaymentMinor > 0 && given.every((amount) => amount === null)) {
    throw invalidRequest(
      "You must specify how the credit is returned: refund_amount, credit_amount or out_of_band_amount.",
      { param: "refund_amount" },
    );
  }
  const [refund = 0, credit = 0, outOfBand = 0] = given.map((amount) => amount ?? 0);
  if (refund + credit + outOfBand !== afterPaymentMinor) {
    throw invalidRequest(
      `The sum of credit amount, refund amount and out of band amount (${refund + credit + outOfBand}) must equal the post payment credit note amount (${afterPaymentMinor}).`,
    );
  }
  return { refund, credit, outOfBand };
}

function refundCharge(context: Context, invoice: Stripe.Invoice, amountMinor: number): Stripe.Refund {
  const charge = context.state.charges.get(idOf(intentOf(context, invoice)?.latest_charge) ?? "");
  if (charge === undefined || charge.amount_refunded + amountMinor > charge.amount) {
    throw invalidRequest("The refund amount is greater than what the invoice's charge has left.", {
      param: "refund_amount",
    });
  }
  return createRefund(context, { charge, amountMinor, reason: null, metadata: {} });
}

/** Lowers what an open invoice asks for, or gives back of what a paid one took. */
export function issueCreditNote(
  context: Context,
  invoice: Stripe.Invoice,
  request: CreditNoteRequest,
): Stripe.CreditNote {
  const { state } = context;
  const before = invoice.status === "open" ? request.amountMinor : 0;
  const after = request.amountMinor - before;
  if (invoice.status !== "open" && invoice.status !== "paid") {
    throw invalidRequest(`You can only credit open or paid invoices. This invoice is ${invoice.status}.`);
  }
  const left =
    before > 0 ? invoice.amount_remaining : invoice.amount_paid - invoice.post_payment_credit_notes_amount;
  if (request.amountMinor <= 0 || request.amountMinor > left) {
    throw invalidRequest(`The credit note amount must be at least 1 and at most ${left}.`, {
      param: "amount",
    });
  }
  const { refund: refundMinor, credit, outOfBand } = shareOut(request, after);
  const refund = refundMinor > 0 ? refundCharge(context, invoice, refundMinor) : null;
  const note = newCreditNote(context, invoice, { ...request, before, after, outOfBand });
  if (refund !== null) {
    note.refunds = [
      { amount_refunded: refundMinor, payment_record_refund: null, refund: refund.id, type: "refund" },
    ];
  }
  const customer = state.customers.get(idOf(invoice.customer) ?? "");
  if (credit > 0 && customer !== undefined) {
    note.customer_balance_transaction = changeCustomerBalance(context, customer, {
      amountMinor: -credit,
      currency: invoice.currency,
      type: "credit_note",
      creditNote: note.id,
    }).id;
  }
  state.creditNotes.add(note);
  invoice.post_payment_credit_notes_amount += after;
  invoice.pre_payment_credit_notes_amount += before;
  if (before > 0) lowerRemaining(context, invoice, before);
  recordEvent(context, "credit_note.created", note);
  return note;
}

function newCreditNote(
  context: Context,
  invoice: Stripe.Invoice,
  request: CreditNoteRequest & {
    readonly before: number;
    readonly after: number;
    readonly outOfBand: number;
  },
): Stripe.CreditNote {
  const id = context.makeId("creditNote");
  const earlier = context.state.creditNotes.withKey("invoice", invoice.id).length;
  const amount = request.amountMinor;
  return {
    id,
    object: "credit_note",
    amount,
    amount_shipping: 0,
    created: context.now,
    currency: invoice.currency,
    customer: idOf(invoice.customer) ?? "",
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: context.now,
    invoice: invoice.id,
    lines: { object: "list", data: request.lines, has_more: false, url: `/v1/credit_notes/${id}/lines` },
    livemode: false,
    memo: request.memo,
    metadata: request.metadata,
    number: `${invoice.number}-CN-${String(earlier + 1).padStart(2, "0")}`,
    out_of_band_amount: request.outOfBand === 0 ? null : request.outOfBand,
    pdf: `https://emulator.invalid/credit_notes/${id}.pdf`,
    post_payment_amount: request.after,
    pre_payment_amount: request.before,
    pretax_credit_amounts: [],
    reason: request.reason,
    refunds: [],
    shipping_cost: null,
    status: "issued",
    subtotal: amount,
    subtotal_excluding_tax: amount,
    total: amount,
    total_excluding_tax: amount,
    total_taxes: [],
    type: request.before > 0 ? "pre_payment" : "post_payment",
    voided_at: null,
  };
}

/** Takes a credit note on an open invoice back: the invoice asks for the amount again. */
export function voidCreditNote(context: Context, note: Stripe.CreditNote): void {
  const invoice = context.state.invoices.need(idOf(note.invoice) ?? "", "invoice");
  if (note.status !== "issued" || invoice.status !== "open" || note.pre_payment_amount === 0) {
    throw invalidRequest("You can only void a credit note on an open invoice.");
  }
  note.status = "void";
  note.voided_at = context.now;
  invoice.pre_payment_credit_notes_amount -= note.amount;
  lowerRemaining(context, invoice, -note.amount);
  recordEvent(context, "credit_note.voided", note);
}
