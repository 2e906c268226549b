/**
 * What a call costs before it is forwarded. Pure: what the request does not say is asked for by a look-up,
 * which the caller of this module makes. Fails closed: a write that is neither priced nor known to be free
 * is `unknown`, and the proxy refuses it with `amount_unknown`.
 */
import type { PricePlan } from "../vendor.ts";
import { OPERATIONS } from "./operation.ts";
import { isFreeWrite, priceFreeWrite } from "./pricing-free.ts";
import {
  priceInvoiceCommit,
  priceInvoiceDraft,
  priceInvoiceItemCreate,
  priceInvoiceItemUpdate,
  priceInvoicePay,
} from "./pricing-invoices.ts";
import { priceCheckoutSession } from "./pricing-line-items.ts";
import {
  priceApplicationFeeRefund,
  priceBalanceTransaction,
  priceCreditNote,
  pricePayoutUndo,
  priceRefund,
  priceTopupCancel,
  priceTransfer,
  priceTransferReversal,
} from "./pricing-outflows.ts";
import {
  priceChargeCapture,
  priceCreate,
  priceIntentApplyBalance,
  priceIntentCapture,
  priceIntentConfirm,
  priceIntentIncrement,
  priceIntentUpdate,
} from "./pricing-payments.ts";
import { FREE, type PriceQuestion, unknown } from "./pricing-plan.ts";

const PRICERS: ReadonlyMap<string, (call: PriceQuestion) => PricePlan> = new Map(
  Object.entries({
    "charges.create": priceCreate,
    "charges.capture": priceChargeCapture,
    "paymentIntents.create": priceCreate,
    "paymentIntents.update": priceIntentUpdate,
    "paymentIntents.confirm": priceIntentConfirm,
    "paymentIntents.verifyMicrodeposits": priceIntentConfirm,
    "paymentIntents.capture": priceIntentCapture,
    "paymentIntents.incrementAuthorization": priceIntentIncrement,
    "paymentIntents.applyCustomerBalance": priceIntentApplyBalance,
    "refunds.create": priceRefund,
    "transfers.create": priceTransfer,
    "transfers.createReversal": priceTransferReversal,
    "applicationFees.createRefund": priceApplicationFeeRefund,
    "payouts.create": priceCreate,
    "payouts.cancel": pricePayoutUndo,
    "payouts.reverse": pricePayoutUndo,
    "topups.create": priceCreate,
    "topups.cancel": priceTopupCancel,
    "creditNotes.create": priceCreditNote,
    "customers.createBalanceTransaction": priceBalanceTransaction,
    "invoices.pay": priceInvoicePay,
    "invoices.finalizeInvoice": priceInvoiceCommit,
    "invoices.sendInvoice": priceInvoiceCommit,
    "invoiceItems.create": priceInvoiceItemCreate,
    "invoiceItems.update": priceInvoiceItemUpdate,
    "checkout.sessions.create": priceCheckoutSession,
  }),
);

/** Priced by their parameters, but never at a cost: what is not free of them is refused. */
const FREE_DRAFTS: ReadonlySet<string> = new Set(["invoices.create", "invoices.update"]);

/** Prices a call. `operation` is the canonical name of the table (`charges.create`). */
export function priceCall(call: PriceQuestion): PricePlan {
  const operation = OPERATIONS.get(call.operation);
  if (operation === undefined) return unknown(`unknown operation ${call.operation.slice(0, 100)}`);
  if (!operation.write) return FREE;
  if (FREE_DRAFTS.has(call.operation)) return priceInvoiceDraft(call);
  if (isFreeWrite(call.operation)) return priceFreeWrite(call);
  const pricer = PRICERS.get(call.operation);
  return pricer === undefined
    ? unknown(`the amount that ${call.operation} moves cannot be told`)
    : pricer(call);
}

/** Every operation that may cost: priced, or refused because nobody can price it. */
export const MONEY_OPERATIONS: ReadonlySet<string> = new Set(
  [...OPERATIONS.values()]
    .filter(({ name, write }) => write && !isFreeWrite(name) && !FREE_DRAFTS.has(name))
    .map(({ name }) => name),
);

/** Whether a call of this operation may move money. True for names that Stripe does not have: fail closed. */
export function mayMoveMoney(operation: string): boolean {
  return MONEY_OPERATIONS.has(operation) || !OPERATIONS.has(operation);
}
