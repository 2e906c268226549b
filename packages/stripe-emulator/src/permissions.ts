/** The permissions of a restricted key that the emulator knows, in Stripe's spelling. Write includes read. */
export const RESTRICTED_PERMISSIONS = [
  "rak_balance_read",
  "rak_balance_transaction_read",
  "rak_charge_read",
  "rak_charge_write",
  "rak_customer_read",
  "rak_customer_write",
  "rak_event_read",
  "rak_payment_intent_read",
  "rak_payment_intent_write",
  "rak_payment_method_read",
  "rak_payment_method_write",
] as const;

export type RestrictedPermission = (typeof RESTRICTED_PERMISSIONS)[number];

/** Whether a key with these permissions may do what needs `needed`. */
export function permits(granted: ReadonlySet<string>, needed: RestrictedPermission): boolean {
  return granted.has(needed) || granted.has(needed.replace(/_read$/, "_write"));
}

/** Names of Stripe's dashboard for the same resources; charges and refunds are one there. */
const DASHBOARD_RESOURCES: Readonly<Record<string, string>> = {
  Balance: "rak_balance",
  "Balance Transactions": "rak_balance_transaction",
  "Charges and Refunds": "rak_charge",
  Customers: "rak_customer",
  Events: "rak_event",
  PaymentIntents: "rak_payment_intent",
  PaymentMethods: "rak_payment_method",
};

/**
 * The permission that a line of Stripe's dashboard grants: `Customers` + `Read` is `rak_customer_read`.
 * Throws on a resource that the emulator does not have.
 */
export function dashboardPermission(line: {
  readonly resource: string;
  readonly permission: "Read" | "Write";
}): RestrictedPermission {
  const name = `${DASHBOARD_RESOURCES[line.resource] ?? ""}_${line.permission.toLowerCase()}`;
  const known = RESTRICTED_PERMISSIONS.find((permission) => permission === name);
  if (known === undefined) throw new Error(`unknown permission: ${line.resource} ${line.permission}`);
  return known;
}
