/** Taking money from payers and giving it back: charges, intents, refunds, disputes, means of payment. */
import { type ClassedOperation, free, freeWith, gives, priced, unpriceable } from "./operation-class.ts";

const INTENT_LESS_COUNTED = "the intent's whole `amount`, looked up, less what was counted for it";

const SETUP =
  "allowed_payment_method_types customer customer_account description excluded_payment_method_types expand metadata " +
  "payment_method payment_method_configuration payment_method_data payment_method_options payment_method_types";

const ATTACHES_DESTINATION =
  "What a saved means of payment pays is counted when it is charged; but `attach_to_self` and `flow_directions` add " +
  "a bank account to pay to";

export const PAYMENTS: readonly ClassedOperation[] = [
  ...priced("charges", ["create"], "`amount` and `currency`; an authorisation counts like a charge"),
  ...priced(
    "charges",
    ["capture"],
    "`amount`, or the charge's, looked up; less what its authorisation counted",
  ),
  ...freeWith(
    "charges",
    ["update"],
    "description expand metadata receipt_email shipping transfer_group",
    "`customer` gives a guest's charge an owner, whom a policy may allow to be refunded; `fraud_details` " +
      "teaches Stripe whom to block and whom to let through",
  ),

  ...priced(
    "paymentIntents",
    ["create"],
    "`amount` and `currency`, confirmed or not: the payer can complete it without another call",
  ),
  ...priced(
    "paymentIntents",
    ["update"],
    "a new `amount` or `currency`, less what was counted for the intent; nothing without one of them",
  ),
  ...priced("paymentIntents", ["confirm"], `${INTENT_LESS_COUNTED}; at least \`amount_to_confirm\``),
  ...priced("paymentIntents", ["verifyMicrodeposits"], `${INTENT_LESS_COUNTED}: verifying completes a debit`),
  ...priced(
    "paymentIntents",
    ["capture"],
    "`amount_received` and what is captured now (`amount_to_capture` or all), less what was counted",
  ),
  ...priced("paymentIntents", ["incrementAuthorization"], "`amount`, the new total, less what was counted"),
  ...priced("paymentIntents", ["applyCustomerBalance"], `${INTENT_LESS_COUNTED}; at least \`amount\``),
  ...gives(
    "paymentIntents",
    ["cancel"],
    "`amount_capturable`, looked up, less what was counted for the intent: cancelling lets go of what is " +
      "authorised. Nothing for an intent with nothing authorised",
  ),

  ...priced(
    "refunds",
    ["create"],
    "`amount`, or what is left of the charge, looked up and then sent; in the charge's currency",
  ),
  ...free("refunds", ["cancel"], "The money stays here; what the refund counted stays counted"),
  ...free("refunds", ["update"]),

  ...gives("disputes", ["close"], "the dispute's `amount`, looked up: it is accepted as lost"),
  ...gives(
    "disputes",
    ["update"],
    "the dispute's `amount`, looked up: evidence is sent to the bank once, and poor evidence loses it. " +
      "Nothing with `submit=false`, or with `metadata` alone",
  ),
  ...unpriceable("reviews", ["approve"], "Vouches for a payment that was held back as suspicious"),

  ...freeWith(
    "setupIntents",
    ["create"],
    `${SETUP} automatic_payment_methods confirm confirmation_token mandate_data on_behalf_of return_url single_use ` +
      "usage use_stripe_sdk",
    ATTACHES_DESTINATION,
  ),
  ...freeWith("setupIntents", ["update"], SETUP, ATTACHES_DESTINATION),
  ...free("setupIntents", ["confirm"], "What a saved means of payment pays is counted when it is charged"),
  ...free("setupIntents", ["verifyMicrodeposits"], "Lets an account be debited later, by calls that count"),
  ...free("setupIntents", ["cancel"]),

  ...free(
    "paymentMethods",
    ["create", "attach"],
    "What a means of payment pays is counted when it is charged",
  ),
  ...free("paymentMethods", ["update"]),
  ...free("paymentMethods", ["detach"], "What is owed stays owed"),
  ...free(
    "paymentMethodConfigurations",
    ["create", "update"],
    "Which ways to pay are offered, not what is paid",
  ),
  ...free(
    "paymentMethodDomains",
    ["create", "update", "validate"],
    "Where wallets are offered, not who is paid",
  ),
  ...free("applePayDomains", ["create", "del"], "Where Apple Pay is offered, not who is paid"),
  ...free("sources", ["create", "update", "verify"], "A source pays only through a charge, which is counted"),
  ...unpriceable(
    "tokens",
    ["create"],
    "Turns raw cards, bank accounts and identities into tokens that act for them",
  ),

  ...free(
    "paymentRecords",
    [
      "reportPayment",
      "reportPaymentAttempt",
      "reportPaymentAttemptCanceled",
      "reportPaymentAttemptFailed",
      "reportPaymentAttemptGuaranteed",
      "reportPaymentAttemptInformational",
      "reportRefund",
    ],
    "A note about money that moved elsewhere; `invoices.attachPayment`, which settles a debt with it, counts",
  ),

  ...free("radar.paymentEvaluations", ["create"], "Asks for a score"),
  ...free("radar.valueLists", ["create"], "No rule reads a new list"),
  ...unpriceable("radar.valueLists", ["update", "del"], "Rules that stop fraud may read the list"),
  ...unpriceable(
    "radar.valueListItems",
    ["create", "del"],
    "An entry can let fraud through, or stop honest payers",
  ),

  ...unpriceable(
    "threeDSecure.authentications",
    ["create", "submit"],
    "Yields the proof with which another processor can charge the card",
  ),
  ...free("threeDSecure.authentications", ["cancel"]),
  ...unpriceable(
    "forwarding.requests",
    ["create"],
    "Sends a stored card to another company, which can charge it",
  ),
];
