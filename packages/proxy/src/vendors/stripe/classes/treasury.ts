/** Accounts that hold money and cards that spend it. */
import { type ClassedOperation, free, freeWith, opens, priced, unpriceable } from "./operation-class.ts";

const CANCELLED = "the object's `amount`, looked up: what was on its way comes back";

export const TREASURY: readonly ClassedOperation[] = [
  ...priced("treasury.outboundPayments", ["create"], "`amount` and `currency`"),
  ...priced("treasury.outboundTransfers", ["create"], "`amount` and `currency`"),
  ...priced("treasury.inboundTransfers", ["create"], "`amount` and `currency`"),
  ...priced("treasury.outboundPayments", ["cancel"], CANCELLED),
  ...priced("treasury.outboundTransfers", ["cancel"], CANCELLED),
  ...priced("treasury.inboundTransfers", ["cancel"], CANCELLED),
  ...priced("treasury.creditReversals", ["create"], "the received credit's `amount`, looked up"),
  ...priced("treasury.debitReversals", ["create"], "the received debit's `amount`, looked up"),
  ...unpriceable(
    "treasury.financialAccounts",
    ["create", "updateFeatures"],
    "Opens ways for money in and out",
  ),
  ...unpriceable(
    "treasury.financialAccounts",
    ["update", "close"],
    "`forwarding_settings` send what is in it elsewhere; `platform_restrictions` limit what goes out",
  ),

  ...priced("issuing.authorizations", ["approve"], "`amount`, or the pending request's, looked up"),
  ...free("issuing.authorizations", ["decline", "update"]),
  ...opens(
    "issuing.cards",
    ["create"],
    "the `all_time` limit of `spending_controls[spending_limits]`; refused without one",
  ),
  ...freeWith(
    "issuing.cards",
    ["update"],
    "expand metadata",
    "Limits, status, PIN, address and the account it spends from",
  ),
  ...free("issuing.cardholders", ["create"], "Has no card yet"),
  ...freeWith(
    "issuing.cardholders",
    ["update"],
    "expand metadata preferred_locales",
    "Limits and status of all the cards; where the codes that confirm a purchase are sent",
  ),
  ...free("issuing.disputes", ["create", "update"], "Claims nothing until it is submitted"),
  ...priced("issuing.disputes", ["submit"], "the dispute's `amount`, looked up: it is claimed once"),
  ...free("issuing.personalizationDesigns", ["create", "update"]),
  ...unpriceable("issuing.tokens", ["update"], "Lets a card in a wallet spend, or stops it"),
  ...free("issuing.transactions", ["update"]),

  ...unpriceable(
    "financialConnections.sessions",
    ["create"],
    "Its secret links people's bank accounts; Stripe bills each",
  ),
  ...unpriceable(
    "financialConnections.accounts",
    ["refresh", "subscribe"],
    "Stripe bills each retrieval of bank data, and a subscription day by day",
  ),
  ...free("financialConnections.accounts", ["disconnect", "unsubscribe"]),
];
