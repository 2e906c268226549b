/** What bills again and again: subscriptions, schedules, usage, credit, and the pages that sell them. */
import {
  type ClassedOperation,
  free,
  freeWith,
  gives,
  opens,
  priced,
  unpriceable,
} from "./operation-class.ts";

const PLAIN_ITEMS = "refused when an item has no plain amount (tiers, usage, taxes, decimals)";

const onePeriod = (reason: string) => `one period of its items, looked up: ${reason}; ${PLAIN_ITEMS}`;

export const SUBSCRIPTIONS: readonly ClassedOperation[] = [
  ...opens(
    "subscriptions",
    ["create"],
    `one period of \`items\` and all of \`add_invoice_items\`, as if there were no trial or discount; ${PLAIN_ITEMS}`,
  ),
  ...opens(
    "subscriptions",
    ["update"],
    "one period of the items as they are afterwards, and all of `add_invoice_items`; to end or pause it counts as " +
      "cancelling does; `metadata` and `description` alone are free",
  ),
  ...gives(
    "subscriptions",
    ["cancel"],
    onePeriod("no longer asked for, and Stripe stops collecting its open invoices"),
  ),
  ...gives("subscriptions", ["pause"], onePeriod("not billed while it is paused")),
  ...opens("subscriptions", ["resume"], onePeriod("billed again from now")),
  ...unpriceable(
    "subscriptions",
    ["deleteDiscount"],
    "Later invoices collect more, by an amount that no call names",
  ),
  ...unpriceable("subscriptions", ["migrate"], "Changes how every later change is prorated, for good"),
  ...opens(
    "subscriptionItems",
    ["create", "update"],
    `one period of the item as it is afterwards; ${PLAIN_ITEMS}; \`metadata\` alone is free`,
  ),
  ...gives("subscriptionItems", ["del"], "one period of the item, looked up: no longer asked for"),
  ...opens(
    "subscriptionSchedules",
    ["create", "update"],
    `one period of the dearest of \`phases\`, and every \`add_invoice_items\`; ${PLAIN_ITEMS}; \`metadata\` alone is free`,
  ),
  ...gives(
    "subscriptionSchedules",
    ["cancel"],
    "one period of its subscription, looked up, which ends at once",
  ),
  ...opens(
    "subscriptionSchedules",
    ["release"],
    "one period of its subscription, looked up, which now goes on without an end",
  ),

  ...unpriceable(
    "billing.meterEvents",
    ["create"],
    "Usage is billed at prices that stand in other subscriptions",
  ),
  ...unpriceable("billing.meterEventAdjustments", ["create"], "Takes usage off the bill"),
  ...free("billing.meters", ["create"], "No price reads a new meter"),
  ...free("billing.meters", ["update"]),
  ...unpriceable("billing.meters", ["deactivate"], "What is used from now is not billed"),
  ...unpriceable("billing.meters", ["reactivate"], "What is used from now is billed again"),
  ...gives("billing.creditGrants", ["create"], "`amount[monetary][value]` in `amount[monetary][currency]`"),
  ...gives(
    "billing.creditGrants",
    ["update"],
    "the grant's amount, looked up: a later `expires_at` gives it anew; `metadata` alone is free",
  ),
  ...priced(
    "billing.creditGrants",
    ["expire", "voidGrant"],
    "the grant's amount, looked up: later invoices collect what it would have paid",
  ),
  ...free(
    "billing.alerts",
    ["create", "activate", "archive", "deactivate"],
    "It tells somebody; it limits nothing",
  ),
  ...free("billing.feedbackOptions", ["create", "update", "deactivate"]),

  ...opens(
    "checkout.sessions",
    ["create"],
    "the sum of `line_items` in mode `payment`; one period of them in mode `subscription`; nothing in mode `setup`",
  ),
  ...opens(
    "checkout.sessions",
    ["update"],
    "the sum of new `line_items`, less what was counted for the page; `metadata` alone is free",
  ),
  ...free("checkout.sessions", ["expire"], "What nobody has paid yet is not owed"),
  ...opens(
    "paymentLinks",
    ["create", "update"],
    "the sum of `line_items` × `restrictions[completed_sessions][limit]`; refused without that limit, since anybody " +
      "may pay it any number of times. `metadata` and `active=false` alone are free",
  ),

  ...free("entitlements.features", ["create", "update"], "What subscribers may use, not what they pay"),
  ...free("productCatalog.trialOffers", ["create"], "No subscription takes a new offer without a call"),
  ...freeWith(
    "productCatalog.trialOffers",
    ["update"],
    "active expand",
    "To end it; `active=true` puts a free period that other programs offer back on sale",
  ),
];
