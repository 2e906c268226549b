import type Stripe from "stripe";
import { Books } from "./books.ts";
import type { TestCard } from "./cards.ts";
import { Collection } from "./collection.ts";
import type { IdMaker } from "./ids.ts";

/** An event as kept: its object is the text of that moment, so later changes do not reach it. */
export interface StoredEvent {
  readonly id: string;
  readonly created: number;
  readonly type: Stripe.Event.Type;
  readonly objectJson: string;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
}

/** Everything the emulated account holds. Replaced as a whole by a reset. */
export interface State {
  readonly charges: Collection<Stripe.Charge>;
  readonly paymentIntents: Collection<Stripe.PaymentIntent>;
  readonly refunds: Collection<Stripe.Refund>;
  readonly customers: Collection<Stripe.Customer>;
  readonly cards: Collection<Stripe.Card>;
  readonly paymentMethods: Collection<Stripe.PaymentMethod>;
  readonly balanceTransactions: Collection<Stripe.BalanceTransaction>;
  readonly events: Collection<StoredEvent>;
  readonly deletedCustomers: Set<string>;
  /** How a card or payment method behaves, by its id. */
  readonly cardTraits: Map<string, TestCard>;
  /** Payment methods that may not be used again: used without a customer, or detached. */
  readonly spentPaymentMethods: Set<string>;
  readonly books: Books;
}

/** What a handler works with: the account, and the request's own clock, ids and name. */
export interface Context {
  readonly state: State;
  /** Seconds since the Unix epoch, as Stripe's objects carry them. */
  readonly now: number;
  readonly makeId: IdMaker;
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;
}

/** The id of a field that may be expanded; the emulator's own objects always hold ids. */
export function idOf(value: string | { readonly id: string } | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : value.id;
}

export function createState(): State {
  return {
    charges: new Collection("charge", {
      customer: (charge: Stripe.Charge) => idOf(charge.customer),
      payment_intent: (charge: Stripe.Charge) => idOf(charge.payment_intent),
    }),
    paymentIntents: new Collection("payment_intent", {
      customer: (intent: Stripe.PaymentIntent) => idOf(intent.customer),
    }),
    refunds: new Collection("refund", {
      charge: (refund: Stripe.Refund) => idOf(refund.charge),
      payment_intent: (refund: Stripe.Refund) => idOf(refund.payment_intent),
    }),
    customers: new Collection("customer", { email: (customer: Stripe.Customer) => customer.email }),
    cards: new Collection("source", { customer: (card: Stripe.Card) => idOf(card.customer) }),
    paymentMethods: new Collection("PaymentMethod", {
      customer: (method: Stripe.PaymentMethod) => idOf(method.customer),
    }),
    balanceTransactions: new Collection("balance_transaction", {
      source: (transaction: Stripe.BalanceTransaction) => idOf(transaction.source),
    }),
    events: new Collection("event"),
    deletedCustomers: new Set(),
    cardTraits: new Map(),
    spentPaymentMethods: new Set(),
    books: new Books(),
  };
}
