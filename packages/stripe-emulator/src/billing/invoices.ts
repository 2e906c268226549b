import type Stripe from "stripe";
import { invalidRequest, StripeError } from "../errors.ts";
import { recordEvent } from "../events.ts";
import { newIntent } from "../intent-object.ts";
import { type Confirmation, confirmIntent, setPaymentMethod, usablePaymentMethod } from "../intents.ts";
import { minimumChargeMinor } from "../money.ts";
import { type Context, type InvoiceTurn, idOf } from "../state.ts";
import { changeCustomerBalance } from "./customer-balance.ts";
import { priceInvoice } from "./price-invoice.ts";

const HOUR_SECONDS = 60 * 60;
/** How long Stripe waits before it tries a declined payment again, in the simplest schedule. */
const RETRY_SECONDS = 3 * 24 * HOUR_SECONDS;
const ATTEMPTS_MAX = 4;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** 400: the invoice's status does not allow it. */
export function wrongStatus(message: string): StripeError {
  return invalidRequest(message, { code: "status_transition_invalid" });
}

/** Throws unless the invoice is still a draft, which alone may be changed. */
export function checkEditable(invoice: Stripe.Invoice): void {
  if (invoice.status === "draft") return;
  throw invalidRequest("Finalized invoices can't be updated in this way", { code: "invoice_not_editable" });
}

/** Tells the subscription, if there is one. */
export function turn(context: Context, invoice: Stripe.Invoice, how: InvoiceTurn): void {
  context.state.invoiceFollowUps.get(invoice.id)?.(context, invoice, how);
}

/** Stores a draft; with `auto_advance`, Stripe finalises it an hour later and collects it. */
export function addDraft(context: Context, invoice: Stripe.Invoice): void {
  priceInvoice(context.state, invoice, context.now);
  context.state.invoices.add(invoice);
  recordEvent(context, "invoice.created", invoice);
  scheduleAdvance(context, invoice);
}

/** Stripe's own next step with a draft, if it is to take one. */
export function scheduleAdvance(context: Context, invoice: Stripe.Invoice): void {
  if (invoice.status !== "draft") return;
  if (invoice.auto_advance) invoice.automatically_finalizes_at ??= context.now + HOUR_SECONDS;
  const at = invoice.automatically_finalizes_at;
  if (at === null) return;
  context.later(at, (then) => {
    const isDue = invoice.status === "draft" && invoice.automatically_finalizes_at === at;
    if (!isDue || then.state.invoices.get(invoice.id) === undefined) return;
    finalizeInvoice(then, invoice);
    collect(then, invoice);
  });
}

/** Stripe tries to collect by itself; a decline leaves the invoice open, and Stripe tries again. */
function collect(context: Context, invoice: Stripe.Invoice): void {
  const isCollected = invoice.auto_advance && invoice.collection_method === "charge_automatically";
  if (!isCollected || invoice.status !== "open") return;
  try {
    payInvoice(context, invoice, { methodId: null, offSession: true });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    if (invoice.attempt_count >= ATTEMPTS_MAX) return;
    invoice.next_payment_attempt = context.now + RETRY_SECONDS;
    context.later(invoice.next_payment_attempt, (then) => collect(then, invoice));
  }
}

/** Takes the customer's balance into account; what is too little to charge waits on the balance. */
function applyBalance(context: Context, invoice: Stripe.Invoice): void {
  const customer = context.state.customers.get(idOf(invoice.customer) ?? "");
  const starting = customer?.balance ?? 0;
  const owed = invoice.total + starting;
  const isTooSmall = owed > 0 && owed < minimumChargeMinor(invoice.currency);
  const due = isTooSmall ? 0 : Math.max(0, owed);
  invoice.starting_balance = starting;
  invoice.amount_due = due;
  invoice.amount_remaining = due;
  const change = due === 0 ? invoice.total : -starting;
  if (customer !== undefined && change !== 0) {
    changeCustomerBalance(context, customer, {
      amountMinor: change,
      currency: invoice.currency,
      type: isTooSmall ? "invoice_too_small" : "applied_to_invoice",
      invoice: invoice.id,
    });
  }
  invoice.ending_balance = customer?.balance ?? 0;
}

/** The payment intent of an open invoice: alive, and payable by whoever has its client_secret. */
function addIntent(context: Context, invoice: Stripe.Invoice): void {
  const { state } = context;
  const intent = newIntent(context, {
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: idOf(invoice.customer),
    description: `Payment for Invoice ${invoice.number}`,
    setup_future_usage: null,
    ...sharedBy(context, invoice),
  });
  state.paymentIntents.add(intent);
  state.books.paymentIntent("created");
  recordEvent(context, "payment_intent.created", intent);
  state.invoicePayments.add({
    id: context.makeId("invoicePayment"),
    object: "invoice_payment",
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: context.now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: "open",
    status_transitions: { canceled_at: null, paid_at: null },
  });
  state.intentFollowUps.set(intent.id, (then, paid, end) => {
    if (end === "succeeded") markPaid(then, invoice, paid.amount_received);
    else if (end === "failed") turn(then, invoice, "payment_failed");
  });
}

/** Who shares in the payment of an invoice: what its payment intent will say. */
export function shareInvoice(
  context: Context,
  invoice: Stripe.Invoice,
  terms: Partial<Pick<Stripe.PaymentIntent, "application_fee_amount" | "transfer_data">>,
): void {
  const { invoiceShares } = context.state;
  invoiceShares.set(invoice.id, { ...invoiceShares.get(invoice.id), ...terms });
}

function sharedBy(context: Context, invoice: Stripe.Invoice): Partial<Stripe.PaymentIntent> {
  const terms = context.state.invoiceShares.get(invoice.id) ?? {};
  const feeMinor = terms.application_fee_amount ?? null;
  return {
    ...terms,
    application_fee_amount: feeMinor === null ? null : Math.min(feeMinor, invoice.amount_due),
    on_behalf_of: invoice.on_behalf_of,
  };
}

/** The payment that an open invoice waits for. */
export function defaultPayment(context: Context, invoice: Stripe.Invoice): Stripe.InvoicePayment | undefined {
  return context.state.invoicePayments.withKey("invoice", invoice.id).find(({ is_default }) => is_default);
}

/** The payment intent of an invoice that was finalised with something due. */
export function intentOf(context: Context, invoice: Stripe.Invoice): Stripe.PaymentIntent | undefined {
  const payment = defaultPayment(context, invoice);
  return context.state.paymentIntents.get(idOf(payment?.payment.payment_intent) ?? "");
}

/** Draft → open, or paid at once when nothing is due. Automatic tax is added here. */
export function finalizeInvoice(context: Context, invoice: Stripe.Invoice): void {
  if (invoice.status !== "draft")
    throw wrongStatus("This invoice is already finalized, you can't re-finalize it.");
  const customer = context.state.customers.get(idOf(invoice.customer) ?? "");
  const sequence = customer?.next_invoice_sequence ?? 1;
  if (customer !== undefined) customer.next_invoice_sequence = sequence + 1;
  invoice.status = "open";
  invoice.number ??= `${customer?.invoice_prefix ?? "EMULATOR"}-${String(sequence).padStart(4, "0")}`;
  invoice.status_transitions.finalized_at = context.now;
  invoice.effective_at ??= context.now;
  invoice.automatically_finalizes_at = null;
  if (invoice.automatic_tax.enabled) invoice.automatic_tax.status = "complete";
  if (invoice.collection_method === "send_invoice") invoice.due_date ??= context.now + 30 * DAY_SECONDS;
  invoice.hosted_invoice_url = `https://emulator.invalid/invoices/${invoice.id}`;
  invoice.invoice_pdf = `${invoice.hosted_invoice_url}.pdf`;
  priceInvoice(context.state, invoice, context.now);
  applyBalance(context, invoice);
  recordEvent(context, "invoice.finalized", invoice);
  if (invoice.amount_due === 0) markPaid(context, invoice, 0);
  else addIntent(context, invoice);
}

/** Finalises by request: with `auto_advance`, Stripe collects about an hour later. */
export function finalizeByRequest(context: Context, invoice: Stripe.Invoice): void {
  finalizeInvoice(context, invoice);
  context.later(context.now + HOUR_SECONDS, (then) => collect(then, invoice));
}

/** Open → paid. */
export function markPaid(context: Context, invoice: Stripe.Invoice, receivedMinor: number): void {
  invoice.status = "paid";
  invoice.amount_paid += receivedMinor;
  invoice.amount_remaining = 0;
  invoice.attempted = true;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = context.now;
  const payment = defaultPayment(context, invoice);
  if (payment !== undefined && payment.status === "open") {
    payment.status = receivedMinor > 0 ? "paid" : "canceled";
    payment.amount_paid = receivedMinor;
    payment.status_transitions.paid_at = context.now;
  }
  recordEvent(context, "invoice.paid", invoice);
  turn(context, invoice, "paid");
}

function methodFor(context: Context, invoice: Stripe.Invoice, asked: string | null): string | null {
  const customer = context.state.customers.get(idOf(invoice.customer) ?? "");
  const chosen = asked ?? idOf(invoice.default_payment_method) ?? idOf(invoice.default_source);
  return chosen ?? idOf(customer?.invoice_settings.default_payment_method);
}

function instrumentFor(
  context: Context,
  invoice: Stripe.Invoice,
  intent: Stripe.PaymentIntent,
  asked: string | null,
) {
  const customer = idOf(invoice.customer);
  const id = methodFor(context, invoice, asked);
  if (id !== null && !id.startsWith("card_")) {
    setPaymentMethod(intent, usablePaymentMethod(context, { id, customer }));
    return;
  }
  if (idOf(context.state.customers.get(customer ?? "")?.default_source) !== null) return;
  throw invalidRequest(
    "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
    { code: "resource_missing" },
  );
}

/** Pays a finalised invoice. Throws the 402 of a declined card; the invoice then stays open, its intent alive. */
export function payInvoice(
  context: Context,
  invoice: Stripe.Invoice,
  payment: { readonly methodId: string | null; readonly offSession: boolean },
): void {
  const intent = intentOf(context, invoice);
  if (intent === undefined) throw wrongStatus("Invoice is already paid");
  instrumentFor(context, invoice, intent, payment.methodId);
  invoice.attempted = true;
  invoice.attempt_count += 1;
  const confirmation: Confirmation = {
    offSession: payment.offSession,
    errorOnRequiresAction: false,
    returnUrl: null,
  };
  try {
    confirmIntent(context, intent, confirmation);
  } catch (error) {
    recordEvent(context, "invoice.payment_failed", invoice);
    turn(context, invoice, "payment_failed");
    throw error;
  }
  if (intent.status !== "requires_action") return;
  throw new StripeError(400, {
    type: "invalid_request_error",
    code: "invoice_payment_intent_requires_action",
    message: "Invoice payment intent requires additional user action to complete the payment.",
    payment_intent: { ...intent },
  });
}
