/**
 * Parameters that Stripe's types name and that change money in a way which the price of the operation does not
 * see, or that look as if they did. Everything else that the types name was judged with its operation.
 */

export interface ParameterException {
  readonly operations: readonly string[];
  /** In brackets as on the wire, without list positions; `*` stands for any part of a name. */
  readonly parameter: string;
  /** `refused`: does not pass, except with a harmless value. `counted`: passes, because the price covers it. */
  readonly verdict: "refused" | "counted";
  /** Values that change nothing. */
  readonly harmless?: readonly string[];
  readonly reason: string;
}

type Verdict = (
  operations: string,
  parameters: string,
  reason: string,
  harmless?: readonly string[],
) => readonly ParameterException[];

function exceptions(verdict: ParameterException["verdict"]): Verdict {
  return (operations, parameters, reason, harmless) =>
    parameters.split(" ").map((parameter) => ({
      operations: operations.split(" "),
      parameter,
      verdict,
      reason,
      ...(harmless === undefined ? {} : { harmless }),
    }));
}

const refused = exceptions("refused");
const counted = exceptions("counted");

const INTENT_WRITES = "paymentIntents.create paymentIntents.update paymentIntents.confirm";
const SUBSCRIPTION_WRITES = "subscriptions.create subscriptions.update";
const SCHEDULE_WRITES = "subscriptionSchedules.create subscriptionSchedules.update";
const LINK_WRITES = "paymentLinks.create paymentLinks.update";
const ITEM_WRITES = "invoiceItems.create invoiceItems.update";
const LINE_WRITES = "invoices.addLines invoices.updateLines";

const PAYMENT_EXCEPTIONS: readonly ParameterException[] = [
  ...counted(
    "charges.create charges.capture",
    "application_fee application_fee_amount transfer_data[amount]",
    "A part of the amount; accounts that the policy does not name are refused",
  ),
  ...counted(
    "charges.create",
    "destination[amount]",
    "A part of the amount, to an account that the policy names",
  ),
  ...counted(
    "paymentIntents.create paymentIntents.update paymentIntents.capture paymentIntents.incrementAuthorization",
    "application_fee_amount transfer_data[amount]",
    "A part of the amount; accounts that the policy does not name are refused",
  ),
  ...counted(
    "paymentIntents.create paymentIntents.confirm",
    "mandate_data off_session",
    "Later debits under the mandate are calls that count",
  ),
  ...counted(INTENT_WRITES, "setup_future_usage", "What is paid later is a call that counts"),
  ...counted(
    INTENT_WRITES,
    "payment_method_options[*][request_*]",
    "A larger, longer or repeated authorisation is captured by calls that count what is captured",
  ),
  ...counted(
    INTENT_WRITES,
    "payment_method_options[*][mandate_options] payment_method_options[klarna][on_demand]",
    "Limits of later debits, which are calls that count",
  ),
  ...counted(
    INTENT_WRITES,
    "payment_method_options[pix][amount_includes_iof]",
    "The payer's tax on foreign exchange, which goes to the state",
  ),
  ...refused(
    "refunds.create terminal.readers.refundPayment",
    "refund_application_fee reverse_transfer",
    "Moves the fee or the transfer back beside the refund, unpriced",
    ["false"],
  ),
  ...refused(
    "transfers.createReversal",
    "refund_application_fee",
    "Moves the fee back beside the transfer, unpriced",
    ["false"],
  ),
  ...refused(
    "refunds.create",
    "instructions_email",
    "Whoever reads that mailbox says where the refund is paid to",
  ),
  ...refused(
    "disputes.update",
    "intended_submission_method",
    "Stripe may submit by itself, and keep a part of what it wins",
  ),
  ...refused(
    "terminal.readers.collectPaymentMethod",
    "collect_config[tipping]",
    "A tip raises what the intent takes",
  ),
  ...refused(
    "terminal.readers.processPaymentIntent",
    "process_config[tipping]",
    "A tip raises what the intent takes",
  ),
  ...refused(
    "terminal.readers.collectPaymentMethod",
    "collect_config[skip_tipping]",
    "A tip raises what the intent takes",
    ["true"],
  ),
  ...refused(
    "terminal.readers.processPaymentIntent",
    "process_config[skip_tipping]",
    "A tip raises what the intent takes",
    ["true"],
  ),
  ...refused("payouts.create", "method", "An instant payout takes a fee beside its amount", ["standard"]),
  ...counted(
    "payouts.create",
    "destination payout_method",
    "One of the account's own, which no free call can add",
  ),
  ...refused("climate.orders.create", "metric_tons", "Its price is Stripe's of the day"),
];

const INVOICE_EXCEPTIONS: readonly ParameterException[] = [
  ...refused(
    "invoices.create invoices.update",
    "auto_advance",
    "An invoice that advances by itself is collected without a call; empty text means Stripe's default",
    ["false"],
  ),
  ...counted("invoices.finalizeInvoice", "auto_advance", "Collects what finalising has counted"),
  ...counted(
    "invoices.create invoices.update",
    "application_fee_amount transfer_data[amount]",
    "A part of the amount; accounts that the policy does not name are refused",
  ),
  ...refused("invoices.pay", "paid_out_of_band", "Declares a payment that nobody here can see", ["false"]),
  ...refused("invoices.pay", "forgive", "Forgives what the means of payment does not hold", ["false"]),
  ...counted("invoices.pay", "mandate off_session", "The amount is counted however it is asked for"),
  ...refused(ITEM_WRITES, "tax_behavior tax_code tax_rates", "Tax is collected on top"),
  ...refused(ITEM_WRITES, "price_data[tax_behavior]", "Tax is collected on top"),
  ...refused(
    ITEM_WRITES,
    "quantity_decimal unit_amount_decimal price_data[unit_amount_decimal]",
    "Fractions are rounded by Stripe",
  ),
  ...refused(
    "invoiceItems.create",
    "subscription",
    "The subscription collects it by itself, with its default taxes on top",
  ),
  ...counted("invoiceItems.create", "discounts", "The item counts in full"),
  ...refused("invoiceItems.update", "discounts", "Takes a discount off, or puts one on"),
  ...refused(
    LINE_WRITES,
    "lines[tax_amounts] lines[tax_rates] lines[price_data][tax_behavior]",
    "Tax is collected on top",
  ),
  ...refused(
    LINE_WRITES,
    "lines[quantity_decimal] lines[price_data][unit_amount_decimal]",
    "Fractions are rounded by Stripe",
  ),
  ...refused(
    "invoices.updateLineItem",
    "tax_amounts tax_rates price_data[tax_behavior]",
    "Tax is collected on top",
  ),
  ...refused(
    "invoices.updateLineItem",
    "quantity_decimal price_data[unit_amount_decimal]",
    "Fractions are rounded by Stripe",
  ),
  ...refused(
    "creditNotes.create",
    "lines shipping_cost",
    "What they add up to is forgiven beside the amounts that are named",
  ),
  ...refused("creditNotes.create", "refunds", "Takes along refunds that were made for something else"),
];

const SALES_EXCEPTIONS: readonly ParameterException[] = [
  ...refused(
    "checkout.sessions.create",
    "after_expiration[recovery]",
    "Makes copies of the page that can be paid",
  ),
  ...counted("checkout.sessions.create", "discounts", "The items count in full"),
  ...counted(
    "checkout.sessions.create",
    "payment_intent_data[application_fee_amount] payment_intent_data[transfer_data][amount]",
    "A part of the amount; accounts that the policy does not name are refused",
  ),
  ...refused(
    `checkout.sessions.create ${LINK_WRITES}`,
    "line_items[adjustable_quantity] optional_items",
    "The payer decides how much is bought",
  ),
  ...refused(
    `checkout.sessions.create ${LINK_WRITES}`,
    "automatic_tax shipping_options",
    "Tax and shipping are collected on top",
  ),
  ...refused(
    "checkout.sessions.create checkout.sessions.update",
    "line_items[tax_rates]",
    "Tax is collected on top",
  ),
  ...refused("checkout.sessions.update", "shipping_options", "Shipping is collected on top"),
  ...refused(
    "checkout.sessions.update",
    "line_items[adjustable_quantity]",
    "The payer decides how much is bought",
  ),
  ...refused("checkout.sessions.create", "adaptive_pricing", "The payer is asked for another currency"),
  ...refused(
    `checkout.sessions.create ${LINK_WRITES}`,
    "allow_promotion_codes",
    "Any code may be redeemed on the page",
    ["false"],
  ),
  ...refused(
    "promotionCodes.update productCatalog.trialOffers.update",
    "active",
    "What was withdrawn is offered again",
    ["false"],
  ),
  ...refused("coupons.create", "percent_off", "A share of an unknown price has no amount"),
  ...refused("coupons.create", "currency_options", "Another amount in each currency"),
  ...refused("coupons.create", "duration", "Is taken off every invoice", ["once"]),
];

const SUBSCRIPTION_EXCEPTIONS: readonly ParameterException[] = [
  ...refused("subscriptions.create", "backdate_start_date", "Bills the periods that have passed, too"),
  ...refused(
    SUBSCRIPTION_WRITES,
    "billing_thresholds items[billing_thresholds]",
    "Bills more often than once a period",
  ),
  ...refused(
    SUBSCRIPTION_WRITES,
    "automatic_tax default_tax_rates items[tax_rates] add_invoice_items[tax_rates]",
    "Tax is collected on top",
  ),
  ...refused("subscriptions.update", "discounts items[discounts]", "Takes a discount off, or puts one on"),
  ...refused(
    "subscriptionItems.create subscriptionItems.update",
    "billing_thresholds discounts tax_rates",
    "Collects more, more often or less than one period of the item",
  ),
  ...refused("subscriptionItems.del", "clear_usage", "Forgives usage that nobody has counted", ["false"]),
  ...refused(
    SCHEDULE_WRITES,
    "default_settings[automatic_tax] phases[automatic_tax] phases[default_tax_rates] phases[items][tax_rates]",
    "Tax is collected on top",
  ),
  ...refused(
    SCHEDULE_WRITES,
    "default_settings[billing_thresholds] phases[billing_thresholds] phases[items][billing_thresholds]",
    "Bills more often than once a period",
  ),
  ...refused(
    "subscriptions.cancel subscriptionSchedules.cancel",
    "invoice_now prorate",
    "Bills or credits what nobody has priced, at once",
    ["false"],
  ),
  ...refused(
    "subscriptions.pause",
    "bill_for invoicing_behavior",
    "Bills or credits what nobody has priced, at once",
  ),
];

export const PARAMETER_EXCEPTIONS: readonly ParameterException[] = [
  ...PAYMENT_EXCEPTIONS,
  ...INVOICE_EXCEPTIONS,
  ...SALES_EXCEPTIONS,
  ...SUBSCRIPTION_EXCEPTIONS,
];
