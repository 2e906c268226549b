import type Stripe from "stripe";
import type { ApprovalRequest } from "./approval-requests.ts";
import { Books } from "./books.ts";
import type { TestInstrument } from "./cards.ts";
import { Collection, type Horizon } from "./collection.ts";
import type { IdMaker } from "./ids.ts";

/** An event as kept: its object is the text of that moment, so later changes do not reach it. */
export interface StoredEvent {
  readonly id: string;
  readonly created: number;
  readonly type: Stripe.Event.Type;
  readonly objectJson: string;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
}

/** How a payment intent ended, told to what waits for its money. */
export type IntentEnd = "succeeded" | "failed" | "canceled";

/** What is done when a payment intent ends: an invoice is paid, a checkout session completes. */
export type IntentFollowUp = (context: Context, intent: Stripe.PaymentIntent, end: IntentEnd) => void;

/** What a checkout session's payment will say, kept from `payment_intent_data` and `subscription_data`. */
export interface CheckoutTerms {
  readonly intent: Partial<Stripe.PaymentIntent>;
  readonly subscription: Partial<Stripe.Subscription>;
  readonly trialDays: number | null;
  readonly coupon: Stripe.Coupon | null;
}

/** How an invoice ended, or that a payment of it failed; told to its subscription. */
export type InvoiceTurn = "paid" | "payment_failed" | "voided" | "uncollectible";
export type InvoiceFollowUp = (context: Context, invoice: Stripe.Invoice, turn: InvoiceTurn) => void;

/** An action that waits for Stripe's own approval. */
export type PausedAction = (context: Context) => object;

/** Everything that one Stripe account holds. Replaced as a whole by a reset. */
export interface State {
  readonly accountId: string;
  readonly charges: Collection<Stripe.Charge>;
  readonly paymentIntents: Collection<Stripe.PaymentIntent>;
  readonly setupIntents: Collection<Stripe.SetupIntent>;
  readonly refunds: Collection<Stripe.Refund>;
  readonly disputes: Collection<Stripe.Dispute>;
  readonly customers: Collection<Stripe.Customer>;
  readonly customerBalanceTransactions: Collection<Stripe.CustomerBalanceTransaction>;
  readonly cards: Collection<Stripe.Card>;
  readonly paymentMethods: Collection<Stripe.PaymentMethod>;
  readonly balanceTransactions: Collection<Stripe.BalanceTransaction>;
  readonly transfers: Collection<Stripe.Transfer>;
  readonly transferReversals: Collection<Stripe.TransferReversal>;
  readonly applicationFees: Collection<Stripe.ApplicationFee>;
  readonly feeRefunds: Collection<Stripe.FeeRefund>;
  readonly payouts: Collection<Stripe.Payout>;
  readonly products: Collection<Stripe.Product>;
  readonly prices: Collection<Stripe.Price>;
  readonly coupons: Collection<Stripe.Coupon>;
  readonly promotionCodes: Collection<Stripe.PromotionCode>;
  readonly taxRates: Collection<Stripe.TaxRate>;
  readonly invoices: Collection<Stripe.Invoice>;
  readonly invoiceItems: Collection<Stripe.InvoiceItem>;
  readonly invoicePayments: Collection<Stripe.InvoicePayment>;
  readonly creditNotes: Collection<Stripe.CreditNote>;
  readonly subscriptions: Collection<Stripe.Subscription>;
  readonly subscriptionItems: Collection<Stripe.SubscriptionItem>;
  readonly subscriptionSchedules: Collection<Stripe.SubscriptionSchedule>;
  readonly checkoutSessions: Collection<Stripe.Checkout.Session>;
  readonly paymentLinks: Collection<Stripe.PaymentLink>;
  readonly approvalRequests: Collection<ApprovalRequest>;
  readonly events: Collection<StoredEvent>;
  readonly discounts: Map<string, Stripe.Discount>;
  readonly deletedCustomers: Set<string>;
  /** How a card, bank account or payment method behaves, by its id. */
  readonly instrumentTraits: Map<string, TestInstrument>;
  /** Payment methods that may not be used again: used without a customer, or detached. */
  readonly spentPaymentMethods: Set<string>;
  /** The tax rates of each line of an invoice, which Stripe's object does not carry. */
  readonly lineTaxRates: Map<string, readonly Stripe.TaxRate[]>;
  /** What a checkout session or payment link sells, by the id of either. */
  readonly lineItems: Map<string, readonly Stripe.LineItem[]>;
  /** What the payment of a checkout session will say, by the session's id. */
  readonly checkoutTerms: Map<string, CheckoutTerms>;
  /** By the id of the approval request. */
  readonly pausedActions: Map<string, PausedAction>;
  /** By the id of the payment intent. */
  readonly intentFollowUps: Map<string, IntentFollowUp>;
  /** Who shares in an invoice's payment, by its id. */
  readonly invoiceShares: Map<string, Partial<Stripe.PaymentIntent>>;
  /** By the id of the invoice. */
  readonly invoiceFollowUps: Map<string, InvoiceFollowUp>;
  readonly books: Books;
}

/** What a handler works with: the account, and the request's own clock, ids and name. */
export interface Context {
  readonly state: State;
  /** The account that the API keys belong to; its own state unless a request names a connected account. */
  readonly platform: State;
  /** Seconds since the Unix epoch, as Stripe's objects carry them. */
  readonly now: number;
  readonly makeId: IdMaker;
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
  /** A connected account by its id, or undefined. */
  readonly connected: (accountId: string) => State | undefined;
  /** Does something in this account at a time to come, in seconds. */
  readonly later: (at: number, run: (context: Context) => void) => void;
}

/** The id of a field that may be expanded; the emulator's own objects always hold ids. */
export function idOf(value: string | { readonly id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : value.id;
}

interface WithCustomer {
  readonly customer?: string | { readonly id: string } | null;
}

function customerOf(value: WithCustomer): string | null {
  return idOf(value.customer);
}

type Billing = Pick<
  State,
  | "products"
  | "prices"
  | "coupons"
  | "promotionCodes"
  | "taxRates"
  | "invoices"
  | "invoiceItems"
  | "invoicePayments"
  | "creditNotes"
  | "subscriptions"
  | "subscriptionItems"
  | "subscriptionSchedules"
  | "checkoutSessions"
  | "paymentLinks"
>;

function createBilling(horizon: Horizon): Billing {
  return {
    products: new Collection<Stripe.Product>("product", horizon),
    prices: new Collection<Stripe.Price>("price", horizon),
    coupons: new Collection<Stripe.Coupon>("coupon", horizon),
    promotionCodes: new Collection<Stripe.PromotionCode>("promotion code", horizon),
    taxRates: new Collection<Stripe.TaxRate>("tax rate", horizon),
    invoices: new Collection<Stripe.Invoice>("invoice", horizon, { customer: customerOf }),
    invoiceItems: new Collection<Stripe.InvoiceItem>("invoiceitem", horizon, { customer: customerOf }),
    invoicePayments: new Collection<Stripe.InvoicePayment>("invoice_payment", horizon, {
      invoice: (payment: Stripe.InvoicePayment) => idOf(payment.invoice),
    }),
    creditNotes: new Collection<Stripe.CreditNote>("credit_note", horizon, {
      invoice: (note: Stripe.CreditNote) => idOf(note.invoice),
    }),
    subscriptions: new Collection<Stripe.Subscription>("subscription", horizon, { customer: customerOf }),
    subscriptionItems: new Collection<Stripe.SubscriptionItem>("subscription_item", horizon, {
      subscription: (item: Stripe.SubscriptionItem) => item.subscription,
    }),
    subscriptionSchedules: new Collection<Stripe.SubscriptionSchedule>("subscription_schedule", horizon, {
      customer: customerOf,
    }),
    checkoutSessions: new Collection<Stripe.Checkout.Session>("checkout.session", horizon, {
      customer: customerOf,
    }),
    paymentLinks: new Collection<Stripe.PaymentLink>("payment_link", horizon),
  };
}

export function createState(accountId: string, horizon: Horizon): State {
  return {
    accountId,
    charges: new Collection<Stripe.Charge>("charge", horizon, {
      customer: customerOf,
      payment_intent: (charge: Stripe.Charge) => idOf(charge.payment_intent),
    }),
    paymentIntents: new Collection<Stripe.PaymentIntent>("payment_intent", horizon, { customer: customerOf }),
    setupIntents: new Collection<Stripe.SetupIntent>("setupintent", horizon, { customer: customerOf }),
    refunds: new Collection<Stripe.Refund>("refund", horizon, {
      charge: (refund: Stripe.Refund) => idOf(refund.charge),
      payment_intent: (refund: Stripe.Refund) => idOf(refund.payment_intent),
    }),
    disputes: new Collection<Stripe.Dispute>("dispute", horizon),
    customers: new Collection<Stripe.Customer>("customer", horizon, {
      email: (customer: Stripe.Customer) => customer.email,
    }),
    customerBalanceTransactions: new Collection<Stripe.CustomerBalanceTransaction>(
      "customer_balance_transaction",
      horizon,
      {
        customer: customerOf,
      },
    ),
    cards: new Collection<Stripe.Card>("source", horizon, { customer: customerOf }),
    paymentMethods: new Collection<Stripe.PaymentMethod>("PaymentMethod", horizon, { customer: customerOf }),
    balanceTransactions: new Collection<Stripe.BalanceTransaction>("balance_transaction", horizon, {
      source: (transaction: Stripe.BalanceTransaction) => idOf(transaction.source),
    }),
    transfers: new Collection<Stripe.Transfer>("transfer", horizon),
    transferReversals: new Collection<Stripe.TransferReversal>("transfer_reversal", horizon, {
      transfer: (reversal: Stripe.TransferReversal) => idOf(reversal.transfer),
    }),
    applicationFees: new Collection<Stripe.ApplicationFee>("application_fee", horizon),
    feeRefunds: new Collection<Stripe.FeeRefund>("fee_refund", horizon, {
      fee: (refund: Stripe.FeeRefund) => idOf(refund.fee),
    }),
    payouts: new Collection<Stripe.Payout>("payout", horizon),
    ...createBilling(horizon),
    approvalRequests: new Collection<ApprovalRequest>("approval request", horizon),
    events: new Collection<StoredEvent>("event", horizon),
    discounts: new Map(),
    deletedCustomers: new Set(),
    instrumentTraits: new Map(),
    spentPaymentMethods: new Set(),
    lineTaxRates: new Map(),
    lineItems: new Map(),
    checkoutTerms: new Map(),
    pausedActions: new Map(),
    intentFollowUps: new Map(),
    invoiceShares: new Map(),
    invoiceFollowUps: new Map(),
    books: new Books(),
  };
}
