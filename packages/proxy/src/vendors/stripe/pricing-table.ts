/** Which rule prices which operation. What the rules are, `classes/` says. */
import type { PricePlan } from "../vendor.ts";
import {
  priceCouponCreate,
  priceCreditNoteVoid,
  priceDispute,
  priceDisputeUpdate,
  priceInvoiceDelete,
  priceInvoiceForgiven,
  priceInvoiceItemDelete,
  pricePromotionCode,
} from "./pricing-gifts.ts";
import { priceInvoiceItemCreate, priceInvoiceItemUpdate } from "./pricing-invoice-items.ts";
import {
  priceInvoiceCommit,
  priceInvoiceCreate,
  priceInvoicePay,
  priceInvoiceUpdate,
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
  priceIntentCancel,
  priceIntentCapture,
  priceIntentConfirm,
  priceIntentIncrement,
  priceIntentUpdate,
} from "./pricing-payments.ts";
import type { PriceQuestion } from "./pricing-plan.ts";
import {
  priceCustomerDelete,
  priceSubscription,
  priceSubscriptionCreate,
  priceSubscriptionItem,
} from "./pricing-subscriptions.ts";

type Pricer = (call: PriceQuestion) => PricePlan;

/** Of operations that move, give or open. One that has no line here is refused. */
export const PRICERS: ReadonlyMap<string, Pricer> = new Map<string, Pricer>(
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
    "paymentIntents.cancel": priceIntentCancel,
    "refunds.create": priceRefund,
    "disputes.close": priceDispute,
    "disputes.update": priceDisputeUpdate,
    "transfers.create": priceTransfer,
    "transfers.createReversal": priceTransferReversal,
    "applicationFees.createRefund": priceApplicationFeeRefund,
    "payouts.create": priceCreate,
    "payouts.cancel": pricePayoutUndo,
    "payouts.reverse": pricePayoutUndo,
    "topups.create": priceCreate,
    "topups.cancel": priceTopupCancel,
    "creditNotes.create": priceCreditNote,
    "creditNotes.voidCreditNote": priceCreditNoteVoid,
    "customers.createBalanceTransaction": priceBalanceTransaction,
    "customers.del": priceCustomerDelete,
    "invoices.pay": priceInvoicePay,
    "invoices.finalizeInvoice": priceInvoiceCommit,
    "invoices.sendInvoice": priceInvoiceCommit,
    "invoices.voidInvoice": priceInvoiceForgiven,
    "invoices.markUncollectible": priceInvoiceForgiven,
    "invoices.del": priceInvoiceDelete,
    "invoiceItems.create": priceInvoiceItemCreate,
    "invoiceItems.update": priceInvoiceItemUpdate,
    "invoiceItems.del": priceInvoiceItemDelete,
    "subscriptions.create": priceSubscriptionCreate,
    "subscriptions.cancel": priceSubscription,
    "subscriptions.pause": priceSubscription,
    "subscriptions.resume": priceSubscription,
    "subscriptionItems.del": priceSubscriptionItem,
    "coupons.create": priceCouponCreate,
    "promotionCodes.create": pricePromotionCode,
    "checkout.sessions.create": priceCheckoutSession,
  }),
);

/** Of free operations that are so only while the object stays a draft. They never answer an amount. */
export const FREE_PRICERS: ReadonlyMap<string, Pricer> = new Map<string, Pricer>(
  Object.entries({
    "invoices.create": priceInvoiceCreate,
    "invoices.update": priceInvoiceUpdate,
  }),
);
