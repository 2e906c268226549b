/**
 * Writes that are known to move no money. Everything that is neither here nor priced is refused: a new Stripe
 * operation must be looked at before an agent may call it.
 */
import type { PricePlan } from "../vendor.ts";
import type { Params } from "./form.ts";
import { FREE, type PriceQuestion, unknown } from "./pricing-plan.ts";

/** Free whatever their parameters. */
const FREE_WRITES: ReadonlySet<string> = new Set(
  `
  charges.update refunds.update refunds.cancel paymentIntents.cancel disputes.update
  transfers.update transfers.updateReversal applicationFees.updateRefund payouts.update topups.update
  creditNotes.update customers.updateBalanceTransaction
  customers.del customers.deleteDiscount customers.createTaxId customers.deleteTaxId customerSessions.create
  paymentMethods.create paymentMethods.update paymentMethods.attach paymentMethods.detach
  setupIntents.create setupIntents.update setupIntents.cancel setupIntents.confirm
  setupIntents.verifyMicrodeposits
  products.create products.update products.del products.createFeature products.deleteFeature
  prices.create prices.update plans.create plans.update plans.del
  coupons.create coupons.update coupons.del promotionCodes.create promotionCodes.update
  taxRates.create taxRates.update taxIds.create taxIds.del shippingRates.create shippingRates.update
  tax.calculations.create
  invoices.del invoices.voidInvoice invoices.markUncollectible invoices.createPreview
  quotes.create quotes.update quotes.cancel quotes.finalizeQuote
  checkout.sessions.expire
  tokens.create fileLinks.create fileLinks.update reporting.reportRuns.create
  webhookEndpoints.create webhookEndpoints.update webhookEndpoints.del
  `
    .trim()
    .split(/\s+/),
);

const CUSTOMER_DETAILS =
  "address business_name description email expand individual_name invoice_prefix invoice_settings metadata " +
  "name next_invoice_sequence phone preferred_locales shipping tax tax_exempt validate";

/**
 * Free only with these parameters. What is missing moves money: a customer's `balance` and `cash_balance`
 * are credit, a new `source` or `default_source` makes Stripe retry the latest unpaid invoice, `plan` opened
 * a subscription in old API versions; cancelling with `invoice_now` or `prorate` bills at once.
 */
const FREE_WITH: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    "customers.create": `${CUSTOMER_DETAILS} payment_method source tax_id_data test_clock`,
    "customers.update": CUSTOMER_DETAILS,
    "subscriptions.cancel": "cancellation_details expand",
  }).map(([operation, names]) => [operation, new Set(names.split(" "))]),
);

/** Whether the operation never costs: free always, or refused when its parameters are not the free ones. */
export function isFreeWrite(operation: string): boolean {
  return FREE_WRITES.has(operation) || FREE_WITH.has(operation);
}

/** Free, or `unknown` when a parameter is not on the operation's list. */
export function priceFreeWrite({ operation, params }: PriceQuestion): PricePlan {
  const names = FREE_WITH.get(operation);
  const odd = names === undefined ? undefined : oddParam(params, names);
  return odd === undefined ? FREE : unknown(`${operation} with ${odd} may move money and cannot be priced`);
}

function oddParam(params: Params, names: ReadonlySet<string>): string | undefined {
  return Object.keys(params).find((name) => !names.has(name));
}
