import { applicationFeeRoutes } from "./resources/application-fees.ts";
import { approvalRequestRoutes } from "./resources/approval-requests.ts";
import { balanceRoutes } from "./resources/balance.ts";
import { balanceTransactionRoutes } from "./resources/balance-transactions.ts";
import { catalogRoutes } from "./resources/catalog.ts";
import { chargeRoutes } from "./resources/charges.ts";
import { checkoutSessionRoutes } from "./resources/checkout-sessions.ts";
import { couponRoutes } from "./resources/coupons.ts";
import { creditNoteRoutes } from "./resources/credit-notes.ts";
import { customerBalanceRoutes } from "./resources/customer-balance.ts";
import { customerRoutes } from "./resources/customers.ts";
import { disputeRoutes } from "./resources/disputes.ts";
import { eventRoutes } from "./resources/events.ts";
import { invoiceActionRoutes } from "./resources/invoice-actions.ts";
import { invoiceItemRoutes } from "./resources/invoice-items.ts";
import { invoiceRoutes } from "./resources/invoices.ts";
import { paymentIntentRoutes } from "./resources/payment-intents.ts";
import { paymentLinkRoutes } from "./resources/payment-links.ts";
import { paymentMethodRoutes } from "./resources/payment-methods.ts";
import { payoutRoutes } from "./resources/payouts.ts";
import { refundRoutes } from "./resources/refunds.ts";
import { setupIntentRoutes } from "./resources/setup-intents.ts";
import { subscriptionItemRoutes } from "./resources/subscription-items.ts";
import { subscriptionScheduleRoutes } from "./resources/subscription-schedules.ts";
import { subscriptionRoutes } from "./resources/subscriptions.ts";
import { transferRoutes } from "./resources/transfers.ts";
import type { Route } from "./route.ts";

/** Every endpoint of the emulator. */
export const ROUTES: readonly Route[] = [
  ...applicationFeeRoutes,
  ...approvalRequestRoutes,
  ...balanceRoutes,
  ...balanceTransactionRoutes,
  ...catalogRoutes,
  ...chargeRoutes,
  ...checkoutSessionRoutes,
  ...couponRoutes,
  ...creditNoteRoutes,
  ...customerBalanceRoutes,
  ...customerRoutes,
  ...disputeRoutes,
  ...eventRoutes,
  ...invoiceActionRoutes,
  ...invoiceItemRoutes,
  ...invoiceRoutes,
  ...paymentIntentRoutes,
  ...paymentLinkRoutes,
  ...paymentMethodRoutes,
  ...payoutRoutes,
  ...refundRoutes,
  ...setupIntentRoutes,
  ...subscriptionItemRoutes,
  ...subscriptionRoutes,
  ...subscriptionScheduleRoutes,
  ...transferRoutes,
];
