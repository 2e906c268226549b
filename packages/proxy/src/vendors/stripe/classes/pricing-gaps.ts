/**
 * Their figure has a rule, which no code carries out: they are refused with `amount_unknown`, unless a policy says what
 * they count. The list can only become shorter.
 */
export const NOT_PRICED_YET: ReadonlySet<string> = new Set(
  `
  invoices.attachPayment invoices.addLines invoices.updateLines invoices.updateLineItem invoices.removeLines
  quotes.accept
  subscriptions.update subscriptionItems.create subscriptionItems.update
  subscriptionSchedules.create subscriptionSchedules.update subscriptionSchedules.cancel
  subscriptionSchedules.release
  billing.creditGrants.create billing.creditGrants.update billing.creditGrants.expire
  billing.creditGrants.voidGrant
  checkout.sessions.update paymentLinks.create paymentLinks.update
  climate.orders.create climate.orders.cancel
  treasury.outboundPayments.create treasury.outboundPayments.cancel treasury.outboundTransfers.create
  treasury.outboundTransfers.cancel treasury.inboundTransfers.create treasury.inboundTransfers.cancel
  treasury.creditReversals.create treasury.debitReversals.create
  issuing.authorizations.approve issuing.cards.create issuing.disputes.submit
  terminal.readers.collectPaymentMethod terminal.readers.processPaymentIntent
  terminal.readers.confirmPaymentIntent terminal.readers.refundPayment
  v2.moneyManagement.outboundPayments.create v2.moneyManagement.outboundPayments.cancel
  v2.moneyManagement.inboundTransfers.create v2.moneyManagement.payoutIntents.create
  v2.moneyManagement.payoutIntents.confirm v2.moneyManagement.payoutIntents.cancel
  `
    .trim()
    .split(/\s+/),
);
