import type Stripe from "stripe";
import type { Metadata } from "../metadata.ts";
import type { Context } from "../state.ts";

export interface BalanceChange {
  /** Negative: credit to the customer. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly type: Stripe.CustomerBalanceTransaction.Type;
  readonly description?: string | null;
  readonly metadata?: Metadata;
  readonly invoice?: string;
  readonly creditNote?: string;
}

/** Changes what a customer owes (positive) or has to its credit (negative). Its next invoice takes it up. */
export function changeCustomerBalance(
  context: Context,
  customer: Stripe.Customer,
  change: BalanceChange,
): Stripe.CustomerBalanceTransaction {
  customer.balance += change.amountMinor;
  customer.currency ??= change.currency;
  const transaction: Stripe.CustomerBalanceTransaction = {
    id: context.makeId("customerBalanceTransaction"),
    object: "customer_balance_transaction",
    amount: change.amountMinor,
    checkout_session: null,
    created: context.now,
    credit_note: change.creditNote ?? null,
    currency: change.currency,
    customer: customer.id,
    customer_account: null,
    description: change.description ?? null,
    ending_balance: customer.balance,
    invoice: change.invoice ?? null,
    livemode: false,
    metadata: change.metadata ?? {},
    type: change.type,
  };
  context.state.customerBalanceTransactions.add(transaction);
  return transaction;
}
