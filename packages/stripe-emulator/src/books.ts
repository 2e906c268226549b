import type Stripe from "stripe";
import type { AmountSummary, CustomerSummary, Summary } from "./control-types.ts";

function newAmounts(): AmountSummary {
  return { charged: 0, captured: 0, refunded: 0 };
}

function amountsOf(currencies: Record<string, AmountSummary>, currency: string): AmountSummary {
  const amounts = currencies[currency] ?? newAmounts();
  currencies[currency] = amounts;
  return amounts;
}

/** What is on its way to the available balance of one currency: net amounts by the time they arrive. */
interface Funds {
  available: number;
  readonly pending: Map<number, number>;
}

/** Running totals, kept up to date by every money movement, so that no question needs a scan. */
export class Books {
  readonly #summary: Summary = {
    charges: { created: 0, succeeded: 0, failed: 0 },
    payment_intents: { created: 0, succeeded: 0, canceled: 0 },
    refunds: { created: 0 },
    currencies: {},
    customers: {},
  };
  readonly #funds = new Map<string, Funds>();

  /** The account's totals. The caller must not change it. */
  get summary(): Summary {
    return this.#summary;
  }

  chargeCreated(charge: Stripe.Charge): void {
    this.#summary.charges.created += 1;
    this.chargeSettled(charge);
  }

  /** Counts a charge once it has succeeded or failed. */
  chargeSettled(charge: Stripe.Charge): void {
    const { charges } = this.#summary;
    if (charge.status === "failed") charges.failed += 1;
    if (charge.status !== "succeeded") return;
    charges.succeeded += 1;
    const customer = this.#customer(charge);
    if (customer !== null) customer.charges += 1;
    this.#addAmount(charge, { charged: charge.amount });
  }

  /** An authorisation was raised. */
  incremented(charge: Stripe.Charge, byMinor: number): void {
    this.#addAmount(charge, { charged: byMinor });
  }

  captured(charge: Stripe.Charge, amountMinor: number): void {
    this.#addAmount(charge, { captured: amountMinor });
  }

  /** `amountMinor` is what goes back to the card holder: 0 when a mere authorisation is released. */
  refunded(charge: Stripe.Charge, amountMinor: number): void {
    this.#summary.refunds.created += 1;
    const customer = this.#customer(charge);
    if (customer !== null) customer.refunds += 1;
    this.#addAmount(charge, { refunded: amountMinor });
  }

  paymentIntent(what: "created" | "succeeded" | "canceled"): void {
    this.#summary.payment_intents[what] += 1;
  }

  /** Books a balance transaction's net amount. */
  moved(transaction: Stripe.BalanceTransaction): void {
    const funds = this.#funds.get(transaction.currency) ?? { available: 0, pending: new Map() };
    this.#funds.set(transaction.currency, funds);
    const waiting = funds.pending.get(transaction.available_on) ?? 0;
    funds.pending.set(transaction.available_on, waiting + transaction.net);
  }

  /** Net amounts by currency at a moment in seconds. */
  balances(now: number): { currency: string; available: number; pending: number }[] {
    return [...this.#funds].map(([currency, funds]) => {
      let pending = 0;
      for (const [availableOn, amount] of funds.pending) {
        if (availableOn > now) {
          pending += amount;
        } else {
          funds.available += amount;
          funds.pending.delete(availableOn);
        }
      }
      return { currency, available: funds.available, pending };
    });
  }

  #customer(charge: Stripe.Charge): CustomerSummary | null {
    if (typeof charge.customer !== "string") return null;
    const customer = this.#summary.customers[charge.customer] ?? { charges: 0, refunds: 0, currencies: {} };
    this.#summary.customers[charge.customer] = customer;
    return customer;
  }

  #addAmount(charge: Stripe.Charge, added: Partial<AmountSummary>): void {
    const customer = this.#customer(charge);
    const totals = [amountsOf(this.#summary.currencies, charge.currency)];
    if (customer !== null) totals.push(amountsOf(customer.currencies, charge.currency));
    for (const total of totals) {
      total.charged += added.charged ?? 0;
      total.captured += added.captured ?? 0;
      total.refunded += added.refunded ?? 0;
    }
  }
}
