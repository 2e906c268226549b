/** What a success answer says has moved. */

export interface Outcome {
  /** Minor units; null when the call was not priced. */
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** Id of the object that was made or changed; null for lists and for answers without an id. */
  readonly objectId: string | null;
}

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
    "checkout.sessions.create": (answer) => answer.amount_total,
  }),
);

/**
 * What a 2xx answer says was moved or reserved, to post instead of the hold. For a call that was priced with
 * `excessOver` this is again the object's total, from which the caller subtracts what was counted before.
 * Whatever the answer does not say plainly stays as priced; what was not priced stays null.
 */
export function readOutcome(
  operation: string,
  body: unknown,
  priced: { readonly amountMinor: number | null; readonly currency: string | null },
): Outcome {
  const answer: Answer =
    typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Answer) : {};
  const { id, currency } = answer;
  const objectId = typeof id === "string" && id.length > 0 && id.length <= 255 ? id : null;
  if (priced.amountMinor === null) return { amountMinor: null, currency: null, objectId };
  const amount = READERS.get(operation)?.(answer);
  const isAmount = typeof amount === "number" && Number.isSafeInteger(amount) && amount >= 0;
  const isCurrency = typeof currency === "string" && /^[a-z]{3}$/i.test(currency);
  // An amount without its currency is no amount: both are taken or neither.
  if (!isAmount || !isCurrency) return { ...priced, objectId };
  return { amountMinor: amount, currency: currency.toLowerCase(), objectId };
}
