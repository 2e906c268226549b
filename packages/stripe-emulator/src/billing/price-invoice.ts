import type Stripe from "stripe";
import { idOf, type State } from "../state.ts";
import { couponOf, couponOff, discountIds } from "./discounts.ts";
import { percentOf, shareOf, split } from "./shares.ts";

/** What automatic tax adds in the emulator, whatever is sold to whom. */
export const AUTOMATIC_TAX_PERCENT = 20;

interface LineDiscount {
  readonly amount: number;
  readonly discount: string;
}

/** A line's own discounts, then its part of the invoice's. */
function ownDiscounts(state: State, line: Stripe.InvoiceLineItem, now: number): LineDiscount[] {
  let left = line.amount;
  return discountIds(line.discounts).flatMap((discount) => {
    const coupon = couponOf(state, discount, now);
    const amount = coupon === undefined ? 0 : couponOff(coupon, left, line.currency);
    left -= amount;
    return coupon === undefined ? [] : [{ amount, discount }];
  });
}

function taxOf(
  netMinor: number,
  rate: { percentage: number; inclusive: boolean; id: string },
): Stripe.Invoice.TotalTax {
  const amount = rate.inclusive
    ? netMinor - shareOf(netMinor, 1_000_000, 1_000_000 + Math.round(rate.percentage * 10_000))
    : percentOf(netMinor, rate.percentage);
  return {
    amount,
    tax_behavior: rate.inclusive ? "inclusive" : "exclusive",
    tax_rate_details: { tax_rate: rate.id },
    taxability_reason: "standard_rated",
    taxable_amount: rate.inclusive ? netMinor - amount : netMinor,
    type: "tax_rate_details",
  };
}

const AUTOMATIC_RATE = { id: "txr_automatic", percentage: AUTOMATIC_TAX_PERCENT, inclusive: false };

function taxesOf(
  state: State,
  invoice: Stripe.Invoice,
  line: Stripe.InvoiceLineItem,
  netMinor: number,
): Stripe.Invoice.TotalTax[] {
  if (invoice.automatic_tax.enabled) {
    // Stripe knows the tax when it finalises; a draft shows none.
    return invoice.status === "draft" ? [] : [taxOf(netMinor, AUTOMATIC_RATE)];
  }
  const own = state.lineTaxRates.get(line.id) ?? [];
  const rates = own.length > 0 ? own : invoice.default_tax_rates;
  return rates.map((rate) => taxOf(netMinor, rate));
}

function sumOf(amounts: readonly { readonly amount: number }[]): number {
  return amounts.reduce((sum, { amount }) => sum + amount, 0);
}

/** Discounts of the whole invoice, spread over its lines; returns what each takes in all. */
function spreadDiscounts(
  state: State,
  invoice: Stripe.Invoice,
  lines: readonly { readonly line: Stripe.InvoiceLineItem; readonly discounts: LineDiscount[] }[],
  now: number,
): void {
  for (const discount of discountIds(invoice.discounts)) {
    const coupon = couponOf(state, discount, now);
    if (coupon === undefined) continue;
    const nets = lines.map(({ line, discounts }) =>
      line.discountable ? Math.max(0, line.amount - sumOf(discounts)) : 0,
    );
    const whole = nets.reduce((sum, net) => sum + net, 0);
    const shares = split(couponOff(coupon, whole, invoice.currency), nets);
    for (const [index, { discounts }] of lines.entries()) {
      const amount = shares[index] ?? 0;
      if (amount !== 0) discounts.push({ amount, discount });
    }
  }
}

function totalBy<Item>(items: readonly Item[], key: (item: Item) => string, amount: (item: Item) => number) {
  const totals = new Map<string, number>();
  for (const item of items) totals.set(key(item), (totals.get(key(item)) ?? 0) + amount(item));
  return totals;
}

/** Works an invoice out from its lines: discounts, taxes, totals and, while it is a draft, what would be due. */
export function priceInvoice(state: State, invoice: Stripe.Invoice, now: number): void {
  const lines = invoice.lines.data.map((line) => ({ line, discounts: ownDiscounts(state, line, now) }));
  spreadDiscounts(state, invoice, lines, now);
  const taxes: Stripe.Invoice.TotalTax[] = [];
  for (const { line, discounts } of lines) {
    line.subtotal = line.amount;
    line.discount_amounts = discounts;
    line.taxes = taxesOf(state, invoice, line, line.amount - sumOf(discounts));
    taxes.push(...line.taxes);
  }
  const discounts = lines.flatMap((entry) => entry.discounts);
  const byDiscount = totalBy(
    discounts,
    ({ discount }) => discount,
    ({ amount }) => amount,
  );
  const added = sumOf(taxes.filter(({ tax_behavior }) => tax_behavior === "exclusive"));
  invoice.subtotal = sumOf(invoice.lines.data);
  invoice.subtotal_excluding_tax = invoice.subtotal - sumOf(taxes) + added;
  invoice.total_discount_amounts = [...byDiscount].map(([discount, amount]) => ({ discount, amount }));
  invoice.total_taxes = taxes;
  invoice.total = invoice.subtotal - sumOf(discounts) + added;
  invoice.total_excluding_tax = invoice.total - sumOf(taxes);
  if (invoice.status !== "draft") return;
  const customer = state.customers.get(idOf(invoice.customer) ?? "");
  invoice.starting_balance = customer?.balance ?? 0;
  invoice.amount_due = Math.max(0, invoice.total + invoice.starting_balance);
  invoice.amount_remaining = invoice.amount_due;
}
