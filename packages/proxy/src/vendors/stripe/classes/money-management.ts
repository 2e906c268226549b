/** Stripe's v2 API: accounts, destinations, payments out of financial accounts, events. */
import { type ClassedOperation, free, freeWith, priced, unpriceable } from "./operation-class.ts";

const CANCELLED = "the object's `amount`, looked up: what was on its way comes back";
const AMOUNT = "`amount[value]` in `amount[currency]`";

export const MONEY_MANAGEMENT: readonly ClassedOperation[] = [
  ...priced("v2.moneyManagement.outboundPayments", ["create"], AMOUNT),
  ...priced("v2.moneyManagement.outboundPayments", ["cancel"], CANCELLED),
  ...priced("v2.moneyManagement.inboundTransfers", ["create"], AMOUNT),
  ...priced("v2.moneyManagement.payoutIntents", ["create"], AMOUNT),
  ...priced(
    "v2.moneyManagement.payoutIntents",
    ["confirm"],
    "the intent's `amount`, looked up, less what was counted for it",
  ),
  ...priced("v2.moneyManagement.payoutIntents", ["cancel"], CANCELLED),
  ...freeWith(
    "v2.moneyManagement.payoutIntents",
    ["update"],
    "description metadata recipient_notification statement_descriptor",
    "`to` sends the money to somebody else; `schedule_options` on another day",
  ),
  ...unpriceable(
    "v2.moneyManagement.payoutIntents",
    ["refreshFxQuote"],
    "Another exchange rate for money that was counted at the old one",
  ),
  ...free(
    "v2.moneyManagement.payoutIntents",
    ["refreshRecipientVerification"],
    "Asks again who the recipient is",
  ),
  ...unpriceable(
    "v2.moneyManagement.outboundSetupIntents",
    ["create", "update"],
    "Adds a bank account to pay to",
  ),
  ...free("v2.moneyManagement.outboundSetupIntents", ["cancel"]),
  ...free("v2.moneyManagement.payoutMethods", ["archive"], "It can be paid no longer"),
  ...unpriceable("v2.moneyManagement.payoutMethods", ["unarchive"], "Brings back a bank account to pay to"),
  ...free("v2.moneyManagement.recipientVerifications", ["create"], "Asks who the recipient is"),
  ...unpriceable(
    "v2.moneyManagement.recipientVerifications",
    ["acknowledge"],
    "Waves aside that the recipient's name is another's",
  ),
  ...free("v2.moneyManagement.financialAccounts", ["update"]),
  ...unpriceable(
    "v2.moneyManagement.financialAddresses",
    ["create"],
    "Hands out an account number, by which accounts may be debited",
  ),
  ...free("v2.moneyManagement.transactions", ["update"]),
  ...unpriceable(
    "v2.moneyManagement.transactions",
    ["refreshRegulatoryReceipt"],
    "A public link to who paid whom",
  ),

  ...unpriceable("v2.core.vault.gbBankAccounts", ["create", "unarchive"], "Adds a bank account to pay to"),
  ...free("v2.core.vault.gbBankAccounts", ["archive"], "It can be paid no longer"),
  ...unpriceable("v2.core.vault.usBankAccounts", ["create", "unarchive"], "Adds a bank account to pay to"),
  ...unpriceable(
    "v2.core.vault.usBankAccounts",
    ["update"],
    "Completes the address of a bank account to pay to",
  ),
  ...unpriceable(
    "v2.core.vault.usBankAccounts",
    ["sendMicrodeposits", "confirmMicrodeposits"],
    "Makes a bank account one that money can be sent to and taken from",
  ),
  ...free("v2.core.vault.usBankAccounts", ["archive"], "It can be paid no longer"),

  ...unpriceable("v2.core.accounts", ["create", "update"], "Configures whom money can be paid to, and how"),
  ...unpriceable("v2.core.accounts", ["close"], "Ends what the account is paid and what it owes"),
  ...unpriceable(
    "v2.core.accounts.persons",
    ["create", "update", "del"],
    "Who owns and represents an account decides whether it is paid out",
  ),
  ...unpriceable("v2.core.accounts.personTokens", ["create"], "A token that acts for a person's identity"),
  ...unpriceable("v2.core.accountTokens", ["create"], "A token that acts for an account's identity"),
  ...unpriceable("v2.core.accountLinks", ["create"], "A link by which bank account and identity are changed"),
  ...unpriceable(
    "v2.core.eventDestinations",
    ["create", "update", "enable"],
    "Sends what happens in the account to an address of the caller's choice",
  ),
  ...unpriceable(
    "v2.core.eventDestinations",
    ["del", "disable"],
    "Who listens there hears of no more payments, refunds and disputes",
  ),
  ...free("v2.core.eventDestinations", ["ping"]),

  ...unpriceable(
    "v2.billing.meterEvents",
    ["create"],
    "Usage is billed at prices that stand in other subscriptions",
  ),
  ...unpriceable(
    "v2.billing.meterEventStream",
    ["create"],
    "Usage is billed at prices that stand in other subscriptions",
  ),
  ...unpriceable(
    "v2.billing.meterEventSession",
    ["create"],
    "A token with which usage is sent past the proxy",
  ),
  ...unpriceable("v2.billing.meterEventAdjustments", ["create"], "Takes usage off the bill"),
  ...unpriceable(
    "v2.commerce.productCatalog.imports",
    ["create"],
    "Prices at which others sell are uploaded past the proxy",
  ),
];
