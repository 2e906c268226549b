import type Stripe from "stripe";
import { recordEvent } from "../events.ts";
import { cancelIntent } from "../intents.ts";
import { type Context, idOf } from "../state.ts";
import { changeCustomerBalance } from "./customer-balance.ts";
import { defaultPayment, intentOf, markPaid, turn, wrongStatus } from "./invoices.ts";

/** Gives an invoice's payment intent up, so that nobody can pay it any more. */
function dropIntent(context: Context, invoice: Stripe.Invoice): void {
  const intent = intentOf(context, invoice);
  const payment = defaultPayment(context, invoice);
  if (payment?.status === "open") payment.status = "canceled";
  if (intent === undefined || intent.status === "canceled" || intent.status === "succeeded") return;
  cancelIntent(context, intent, "void_invoice");
}

/** The customer paid in another way: the invoice is paid, and no money moves here. */
export function payOutOfBand(context: Context, invoice: Stripe.Invoice): void {
  dropIntent(context, invoice);
  invoice.amount_paid_off_stripe = invoice.amount_remaining;
  markPaid(context, invoice, invoice.amount_remaining);
}

/** Open or uncollectible → void; what was taken from the customer's balance goes back to it. */
export function voidInvoice(context: Context, invoice: Stripe.Invoice): void {
  if (invoice.status !== "open" && invoice.status !== "uncollectible") {
    throw wrongStatus(
      `You can only pass in open or uncollectible invoices. This invoice is ${invoice.status}.`,
    );
  }
  dropIntent(context, invoice);
  const customer = context.state.customers.get(idOf(invoice.customer) ?? "");
  const taken = (invoice.ending_balance ?? 0) - invoice.starting_balance;
  if (customer !== undefined && taken !== 0) {
    changeCustomerBalance(context, customer, {
      amountMinor: -taken,
      currency: invoice.currency,
      type: "unapplied_from_invoice",
      invoice: invoice.id,
    });
  }
  invoice.status = "void";
  invoice.next_payment_attempt = null;
  invoice.status_transitions.voided_at = context.now;
  recordEvent(context, "invoice.voided", invoice);
  turn(context, invoice, "voided");
}

/** Open → uncollectible: written off, though it can still be paid. */
export function markUncollectible(context: Context, invoice: Stripe.Invoice): void {
  if (invoice.status !== "open") {
    throw wrongStatus(`You can only pass in open invoices. This invoice is ${invoice.status}.`);
  }
  invoice.status = "uncollectible";
  invoice.next_payment_attempt = null;
  invoice.status_transitions.marked_uncollectible_at = context.now;
  recordEvent(context, "invoice.marked_uncollectible", invoice);
  turn(context, invoice, "uncollectible");
}

/** What is left to pay of an open invoice became less: its intent asks for that, or for nothing more. */
export function lowerRemaining(context: Context, invoice: Stripe.Invoice, byMinor: number): void {
  invoice.amount_remaining -= byMinor;
  const intent = intentOf(context, invoice);
  if (invoice.amount_remaining === 0) {
    dropIntent(context, invoice);
    markPaid(context, invoice, 0);
  } else if (intent !== undefined) {
    intent.amount = invoice.amount_remaining;
  }
}
