/** Customers, their balances and what is handed out in their name. */
import { type ClassedOperation, free, freeWith, gives, unpriceable } from "./operation-class.ts";

const DETAILS =
  "address business_name description email expand individual_name invoice_prefix invoice_settings metadata name " +
  "next_invoice_sequence phone preferred_locales shipping tax validate";

export const CUSTOMERS: readonly ClassedOperation[] = [
  ...freeWith(
    "customers",
    ["create"],
    `${DETAILS} payment_method source tax_id_data test_clock`,
    "`balance` and `cash_balance` are credit; `tax_exempt` takes the tax off every invoice",
  ),
  ...freeWith(
    "customers",
    ["update"],
    DETAILS,
    "`balance` and `cash_balance` are credit; a new `source` makes Stripe collect an unpaid invoice again; " +
      "`tax_exempt` takes the tax off every invoice",
  ),
  ...gives(
    "customers",
    ["del"],
    "one period of the customer's subscriptions, which end at once, and any balance, looked up; nothing when " +
      "there are none; refused when an item has no plain amount",
  ),
  ...unpriceable(
    "customers",
    ["deleteDiscount"],
    "Later invoices collect more, by an amount that no call names",
  ),
  ...free(
    "customers",
    ["createTaxId", "deleteTaxId"],
    "The tax follows from it by law; `tax_exempt`, which is a decision, does not pass",
  ),
  ...gives("customers", ["createBalanceTransaction"], "`amount` without its sign: a credit and a debt alike"),
  ...free("customers", ["updateBalanceTransaction"]),
  ...unpriceable(
    "customers",
    ["updateCashBalance"],
    "`settings[reconciliation_mode]` makes Stripe pay invoices out of the customer's cash by itself",
  ),
  ...free(
    "customers",
    ["createFundingInstructions"],
    "Shows where the customer may send money; asks for none",
  ),
  ...free("customers", ["createSource"], "What a means of payment pays is counted when it is charged"),
  ...free("customers", ["updateSource"]),
  ...free("customers", ["deleteSource"], "What is owed stays owed"),
  ...free("customers", ["verifySource"], "Lets an account be debited later, by calls that count"),

  ...unpriceable(
    "customerSessions",
    ["create"],
    "Its secret shows, saves and removes the customer's means of payment",
  ),
  ...unpriceable("ephemeralKeys", ["create"], "A key to the customer's data, or to a card's number"),
  ...free("ephemeralKeys", ["del"]),

  ...free("taxIds", ["create", "del"], "The tax follows from it by law"),

  ...unpriceable(
    "billingPortal.sessions",
    ["create"],
    "A link by which plans, cards and cancellation are changed",
  ),
  ...unpriceable(
    "billingPortal.configurations",
    ["create", "update"],
    "Decides what customers change themselves, with which discounts, and can publish the login page",
  ),
];
