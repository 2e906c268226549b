/** What a restricted key may be given, as Stripe's dashboard names it; charges and refunds are one there. */
const DASHBOARD_RESOURCES = {
  "Application Fees": "rak_application_fee",
  Balance: "rak_balance",
  "Balance Transactions": "rak_balance_transaction",
  "Charges and Refunds": "rak_charge",
  "Checkout Sessions": "rak_checkout_session",
  Coupons: "rak_coupon",
  "Credit notes": "rak_credit_note",
  Customers: "rak_customer",
  Disputes: "rak_dispute",
  Events: "rak_event",
  Invoices: "rak_invoice",
  "Payment Links": "rak_payment_links",
  PaymentIntents: "rak_payment_intent",
  PaymentMethods: "rak_payment_method",
  Payouts: "rak_payout",
  Prices: "rak_plan",
  Products: "rak_product",
  "Promotion Codes": "rak_promotion_code",
  SetupIntents: "rak_setup_intent",
  Subscriptions: "rak_subscription",
  "Tax Rates": "rak_tax_rate",
  Transfers: "rak_transfer",
} as const;

export type RestrictedPermission =
  `${(typeof DASHBOARD_RESOURCES)[keyof typeof DASHBOARD_RESOURCES]}_${"read" | "write"}`;

/** The permissions of a restricted key that the emulator knows, in Stripe's spelling. Write includes read. */
export const RESTRICTED_PERMISSIONS: readonly RestrictedPermission[] = Object.values(
  DASHBOARD_RESOURCES,
).flatMap((resource) => [`${resource}_read` as const, `${resource}_write` as const]);

/** Whether a key with these permissions may do what needs `needed`. */
export function permits(granted: ReadonlySet<string>, needed: RestrictedPermission): boolean {
  return granted.has(needed) || granted.has(needed.replace(/_read$/, "_write"));
}

/**
 * The permission that a line of Stripe's dashboard grants: `Customers` + `Read` is `rak_customer_read`.
 * Throws on a resource that the emulator does not have.
 */
export function dashboardPermission(line: {
  readonly resource: string;
  readonly permission: "Read" | "Write";
}): RestrictedPermission {
  const resources: Readonly<Record<string, string>> = DASHBOARD_RESOURCES;
  const name = `${resources[line.resource] ?? ""}_${line.permission.toLowerCase()}`;
  const known = RESTRICTED_PERMISSIONS.find((permission) => permission === name);
  if (known === undefined) throw new Error(`unknown permission: ${line.resource} ${line.permission}`);
  return known;
}
