import type Stripe from "stripe";
import type { MoneyBooks, MovedMoney, OpenMoney } from "./control-types.ts";
import { idOf, type State } from "./state.ts";

/** What led to a payment intent, nearest first. */
function reasonsOfIntent(state: State, intentId: string | null): string[] {
  if (intentId === null) return [];
  const reasons = [intentId];
  for (const payment of state.invoicePayments.values()) {
    if (idOf(payment.payment.payment_intent) !== intentId) continue;
    const invoice = state.invoices.get(idOf(payment.invoice) ?? "");
    if (invoice !== undefined) reasons.push(...reasonsOfInvoice(invoice));
  }
  for (const session of state.checkoutSessions.values()) {
    const paid = idOf(session.payment_intent) === intentId || reasons.includes(idOf(session.invoice) ?? "");
    if (!paid) continue;
    reasons.push(session.id);
    const link = idOf(session.payment_link);
    if (link !== null) reasons.push(link);
  }
  return reasons;
}

function reasonsOfInvoice(invoice: Stripe.Invoice): string[] {
  const subscription = idOf(invoice.parent?.subscription_details?.subscription);
  return subscription === null ? [invoice.id] : [invoice.id, subscription];
}

function* paymentsIn(state: State): Generator<MovedMoney> {
  const account = state.accountId;
  for (const charge of state.charges.values()) {
    if (charge.amount_captured === 0) continue;
    yield {
      object: charge.id,
      kind: "charge",
      account,
      counterparty: null,
      currency: charge.currency,
      amount_minor: charge.amount_captured,
      because_of: reasonsOfIntent(state, idOf(charge.payment_intent)),
    };
  }
  for (const refund of state.refunds.values()) {
    // Releasing an authorisation moves nothing.
    if (refund.balance_transaction === null) continue;
    const because_of = [idOf(refund.charge), idOf(refund.payment_intent)].filter((id) => id !== null);
    const { id: object, currency, amount: amount_minor } = refund;
    yield { object, kind: "refund", account, counterparty: null, currency, amount_minor, because_of };
  }
  for (const dispute of state.disputes.values()) {
    if (dispute.status === "won") continue;
    const { id: object, currency, amount: amount_minor } = dispute;
    const because_of = [idOf(dispute.charge) ?? ""];
    yield { object, kind: "dispute", account, counterparty: null, currency, amount_minor, because_of };
  }
  for (const payout of state.payouts.values()) {
    if (payout.status === "canceled") continue;
    const { id: object, currency, amount: amount_minor } = payout;
    yield { object, kind: "payout", account, counterparty: null, currency, amount_minor, because_of: [] };
  }
}

function* sharesIn(state: State): Generator<MovedMoney> {
  const account = state.accountId;
  for (const transfer of state.transfers.values()) {
    const { id: object, currency, amount: amount_minor } = transfer;
    const counterparty = idOf(transfer.destination);
    const because_of = [idOf(transfer.source_transaction)].filter((id) => id !== null);
    yield { object, kind: "transfer", account, counterparty, currency, amount_minor, because_of };
  }
  for (const reversal of state.transferReversals.values()) {
    const { id: object, currency, amount: amount_minor } = reversal;
    const transfer = state.transfers.get(idOf(reversal.transfer) ?? "");
    const counterparty = idOf(transfer?.destination);
    const because_of = [idOf(reversal.transfer), idOf(reversal.source_refund)].filter((id) => id !== null);
    yield { object, kind: "transfer_reversal", account, counterparty, currency, amount_minor, because_of };
  }
  for (const fee of state.applicationFees.values()) {
    const { id: object, currency, amount: amount_minor } = fee;
    const because_of = [idOf(fee.charge) ?? ""];
    const counterparty = idOf(fee.account);
    yield { object, kind: "application_fee", account, counterparty, currency, amount_minor, because_of };
  }
  for (const refund of state.feeRefunds.values()) {
    const { id: object, currency, amount: amount_minor } = refund;
    const counterparty = idOf(state.applicationFees.get(idOf(refund.fee) ?? "")?.account);
    const because_of = [idOf(refund.fee) ?? ""];
    yield {
      object,
      kind: "application_fee_refund",
      account,
      counterparty,
      currency,
      amount_minor,
      because_of,
    };
  }
}

const PAYABLE_INTENTS = ["requires_payment_method", "requires_confirmation", "requires_action", "processing"];

function* openPaymentsIn(state: State): Generator<OpenMoney> {
  const account = state.accountId;
  for (const intent of state.paymentIntents.values()) {
    const { id: object, currency, status } = intent;
    const because_of = reasonsOfIntent(state, object).slice(1);
    // An invoice or session that is open says so itself.
    if (because_of.length > 0 && PAYABLE_INTENTS.includes(status)) continue;
    const isOpen = PAYABLE_INTENTS.includes(status) || status === "requires_capture";
    if (!isOpen) continue;
    const amount_minor = status === "requires_capture" ? intent.amount_capturable : intent.amount;
    yield { object, kind: "payment_intent", account, status, currency, amount_minor, because_of };
  }
  for (const charge of state.charges.values()) {
    const isHeld = charge.status === "succeeded" && !charge.captured && !charge.refunded;
    if (!isHeld || charge.payment_intent !== null) continue;
    const { id: object, currency, amount: amount_minor } = charge;
    yield { object, kind: "charge", account, status: "uncaptured", currency, amount_minor, because_of: [] };
  }
  for (const request of state.approvalRequests.values()) {
    const { id: object, status } = request;
    if (status !== "requires_review" && status !== "approved") continue;
    const nothing = { currency: null, amount_minor: null, because_of: [] };
    yield { object, kind: "approval_request", account, status, ...nothing };
  }
}

function* openBillingIn(state: State): Generator<OpenMoney> {
  const account = state.accountId;
  for (const invoice of state.invoices.values()) {
    const { id: object, currency, status } = invoice;
    if (status !== "draft" && status !== "open") continue;
    const because_of = reasonsOfInvoice(invoice).slice(1);
    const amount_minor = invoice.amount_remaining;
    yield { object, kind: "invoice", account, status, currency, amount_minor, because_of };
  }
  for (const item of state.invoiceItems.values()) {
    if (item.invoice !== null) continue;
    const { id: object, currency, amount: amount_minor } = item;
    yield {
      object,
      kind: "invoice_item",
      account,
      status: "pending",
      currency,
      amount_minor,
      because_of: [],
    };
  }
  for (const subscription of state.subscriptions.values()) {
    const { id: object, currency, status } = subscription;
    if (status === "canceled" || status === "incomplete_expired") continue;
    const amount_minor = subscription.items.data.reduce(
      (sum, item) => sum + (item.price.unit_amount ?? 0) * (item.quantity ?? 1),
      0,
    );
    yield { object, kind: "subscription", account, status, currency, amount_minor, because_of: [] };
  }
}

function* schedulesIn(state: State): Generator<OpenMoney> {
  for (const schedule of state.subscriptionSchedules.values()) {
    if (schedule.status !== "not_started") continue;
    const { id: object, status } = schedule;
    const account = state.accountId;
    const nothing = { currency: null, amount_minor: null, because_of: [] };
    yield { object, kind: "subscription_schedule", account, status, ...nothing };
  }
}

function* openPagesIn(state: State): Generator<OpenMoney> {
  const account = state.accountId;
  for (const session of state.checkoutSessions.values()) {
    const { id: object, status, currency, amount_total: amount_minor } = session;
    const isRecoverable = status === "expired" && session.after_expiration?.recovery?.url != null;
    if (status !== "open" && !isRecoverable) continue;
    const because_of = [idOf(session.payment_link)].filter((id) => id !== null);
    yield { object, kind: "checkout_session", account, status, currency, amount_minor, because_of };
  }
  for (const link of state.paymentLinks.values()) {
    if (!link.active) continue;
    const { id: object, currency } = link;
    const items = state.lineItems.get(object) ?? [];
    const amount_minor = items.reduce((sum, item) => sum + item.amount_total, 0);
    yield { object, kind: "payment_link", account, status: "active", currency, amount_minor, because_of: [] };
  }
}

/** Looks at every object of every account: the truth that a ledger can be compared with. */
export function readMoneyBooks(states: readonly State[]): MoneyBooks {
  const moved = states.flatMap((state) => [...paymentsIn(state), ...sharesIn(state)]);
  const open = states.flatMap((state) => [
    ...openPaymentsIn(state),
    ...openBillingIn(state),
    ...schedulesIn(state),
    ...openPagesIn(state),
  ]);
  const totals: MoneyBooks["totals"] = {};
  for (const { account, currency, kind, amount_minor } of moved) {
    totals[account] ??= {};
    const currencies = totals[account];
    currencies[currency] ??= {};
    const kinds = currencies[currency];
    kinds[kind] = (kinds[kind] ?? 0) + amount_minor;
  }
  return { moved, open, totals };
}
