/** Test mode only: Stripe refuses them with a live key. What plays at moving money would part the books. */
import { type ClassedOperation, free, unpriceable } from "./operation-class.ts";

const PLAY_MONEY = "Moves play money as a bank, a payer or a card would";

export const TEST_HELPERS: readonly ClassedOperation[] = [
  ...free("testHelpers.confirmationTokens", ["create"]),
  ...unpriceable("testHelpers.customers", ["fundCashBalance"], PLAY_MONEY),
  ...unpriceable(
    "testHelpers.issuing.authorizations",
    ["create", "capture", "increment", "finalizeAmount", "reverse", "expire", "respond"],
    PLAY_MONEY,
  ),
  ...free("testHelpers.issuing.cards", ["deliverCard", "failCard", "returnCard", "shipCard", "submitCard"]),
  ...free("testHelpers.issuing.personalizationDesigns", ["activate", "deactivate", "reject"]),
  ...unpriceable(
    "testHelpers.issuing.transactions",
    ["createForceCapture", "createUnlinkedRefund", "refund"],
    PLAY_MONEY,
  ),
  ...free("testHelpers.refunds", ["expire"], "The money stays here; what the refund counted stays counted"),
  ...unpriceable(
    "testHelpers.terminal.readers",
    ["presentPaymentMethod"],
    "`amount_tip` raises what the intent takes",
  ),
  ...free("testHelpers.terminal.readers", ["succeedInputCollection", "timeoutInputCollection"]),
  ...free("testHelpers.testClocks", ["create"]),
  ...unpriceable(
    "testHelpers.testClocks",
    ["advance"],
    "Bills every subscription of the clock, period by period",
  ),
  ...unpriceable(
    "testHelpers.testClocks",
    ["del"],
    "Deletes the clock's customers and ends their subscriptions",
  ),
  ...unpriceable(
    "testHelpers.treasury.inboundTransfers",
    ["fail", "returnInboundTransfer", "succeed"],
    PLAY_MONEY,
  ),
  ...unpriceable(
    "testHelpers.treasury.outboundPayments",
    ["fail", "post", "returnOutboundPayment"],
    PLAY_MONEY,
  ),
  ...unpriceable(
    "testHelpers.treasury.outboundTransfers",
    ["fail", "post", "returnOutboundTransfer"],
    PLAY_MONEY,
  ),
  ...free("testHelpers.treasury.outboundPayments", ["update"], "The number by which a bank traces it"),
  ...free("testHelpers.treasury.outboundTransfers", ["update"], "The number by which a bank traces it"),
  ...unpriceable("testHelpers.treasury.receivedCredits", ["create"], PLAY_MONEY),
  ...unpriceable("testHelpers.treasury.receivedDebits", ["create"], PLAY_MONEY),
  ...unpriceable("v2.moneyManagement.testHelpers.financialAddresses", ["credit"], PLAY_MONEY),
  ...free("v2.testHelpers.moneyManagements", ["recipientVerifications"]),
];
