/** What a success answer says has moved. */
import type { Amount } from "../vendor.ts";

type Answer = Readonly<Record<string, unknown>>;

/** Reads an amount of the answer; null keeps the price. */
type AmountReader = (answer: Answer) => unknown;

const amountField: AmountReader = (answer) => answer.amount;
const absoluteAmount: AmountReader = (answer) =>
  typeof answer.amount === "number" ? Math.abs(answer.amount) : null;

/**
 * Where the answer says more precisely than the price what was moved or reserved. An authorisation counts
 * whole, so `amount` and not `amount_captured` is read where one is made. A capture that is still processing,
 * an invoice that is still being paid, keep their price.
 */
const READERS: ReadonlyMap<string, AmountReader> = new Map(
  Object.entries<AmountReader>({
    "charges.create": amountField,
    "charges.capture": (answer) => (answer.captured === true ? answer.amount_captured : null),
    "paymentIntents.create": amountField,
    "paymentIntents.update": amountField,
    "paymentIntents.confirm": amountField,
    "paymentIntents.verifyMicrodeposits": amountField,
    "paymentIntents.incrementAuthorization": amountField,
    "paymentIntents.applyCustomerBalance": amountField,
    "paymentIntents.capture": (answer) => (answer.status === "succeeded" ? answer.amount_received : null),
    "refunds.create": amountField,
    "transfers.create": amountField,
    "transfers.createReversal": amountField,
    "applicationFees.createRefund": amountField,
    "payouts.create": amountField,
    "topups.create": amountField,
    "customers.createBalanceTransaction": absoluteAmount,
    "invoiceItems.create": absoluteAmount,
    "invoiceItems.update": absoluteAmount,
    "invoices.finalizeInvoice": (answer) => answer.amount_due,
    "invoices.sendInvoice": (answer) => answer.amount_due,
    "invoices.pay": (answer) => (answer.status === "paid" ? answer.amount_paid : null),
    "checkout.sessions.create": (answer) => answer.amount_total,
  }),
);

/**
 * What a 2xx answer says was moved or reserved, to post instead of the hold. For a call that was priced with
 * `excessOver` this is again the object's total, from which the caller subtracts what was counted before.
 * Whatever the answer does not say plainly stays as priced; what was not priced stays null.
 */
export function readMoved(operation: string, body: unknown, priced: Amount): Amount {
  const answer = fieldsOf(body);
  const { currency } = answer;
  if (priced.amountMinor === null) return { amountMinor: null, currency: null };
  const amount = READERS.get(operation)?.(answer);
  const isAmount = typeof amount === "number" && Number.isSafeInteger(amount) && amount >= 0;
  const isCurrency = typeof currency === "string" && /^[a-z]{3}$/i.test(currency);
  // An amount without its currency is no amount: both are taken or neither.
  if (!isAmount || !isCurrency) return priced;
  return { amountMinor: amount, currency: currency.toLowerCase() };
}

/** Id of the object that was made, changed or read; null for lists and for answers without an id. */
export function objectIdOf(body: unknown): string | null {
  const { id } = fieldsOf(body);
  return typeof id === "string" && id.length > 0 && id.length <= 255 ? id : null;
}

/** Nothing of what is no object. */
export function fieldsOf(body: unknown): Answer {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Answer) : {};
}
