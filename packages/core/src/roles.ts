/**
 * The one table of roles. The tools of each role, the proxy's policy templates and the printed list of
 * Stripe restricted-key permissions all come from here.
 */

/** A tool's definition by name: the Stripe operations it needs at the proxy, and whether it moves money. */
export const TOOLS = {
  create_charge: { operations: ["charges.create"], write: true },
  create_payment_intent: { operations: ["paymentIntents.create"], write: true },
  create_refund: { operations: ["refunds.create"], write: true },
  check_existing_charge: { operations: ["charges.list"], write: false },
  retrieve_charge: { operations: ["charges.retrieve"], write: false },
  list_charges: { operations: ["charges.list"], write: false },
  retrieve_payment_intent: { operations: ["paymentIntents.retrieve"], write: false },
  list_refunds: { operations: ["refunds.list"], write: false },
  retrieve_customer: { operations: ["customers.retrieve"], write: false },
  list_customers: { operations: ["customers.list"], write: false },
  retrieve_balance: { operations: ["balance.retrieve"], write: false },
} as const satisfies Record<string, { operations: readonly string[]; write: boolean }>;

export type ToolName = keyof typeof TOOLS;

/** The tools of each role, in the order in which they are shown. */
export const ROLES = {
  billing: ["create_charge", "create_payment_intent", "retrieve_customer", "list_customers"],
  refund: ["create_refund", "retrieve_charge", "list_refunds"],
  audit: [
    "check_existing_charge",
    "retrieve_charge",
    "list_charges",
    "retrieve_payment_intent",
    "list_refunds",
    "retrieve_customer",
    "list_customers",
    "retrieve_balance",
  ],
} as const satisfies Record<string, readonly ToolName[]>;

export type Role = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as readonly Role[];

/** The Stripe operations a vault key of this role may call, without duplicates, in table order. */
export function roleOperations(role: Role): string[] {
  return [...new Set(ROLES[role].flatMap((tool) => TOOLS[tool].operations))];
}

/** One line of a Stripe restricted key: the resource as Stripe's dashboard names it, and the permission. */
export interface RestrictedKeyPermission {
  readonly resource: string;
  readonly permission: "Read" | "Write";
}

/** Dashboard names of the resources that roles touch (docs.stripe.com/keys/restricted-api-keys). */
const DASHBOARD_RESOURCES: Readonly<Record<string, string>> = {
  charges: "Charges and Refunds",
  refunds: "Charges and Refunds",
  paymentIntents: "PaymentIntents",
  customers: "Customers",
  balance: "Balance",
};

/**
 * The least a Stripe restricted key needs for these operations (`charges.create` …): the first layer of
 * defence, behind the proxy's allowlist. Everything not listed stays "None".
 */
export function restrictedKeyPermissions(operations: readonly string[]): RestrictedKeyPermission[] {
  const permissions = new Map<string, "Read" | "Write">();
  for (const operation of operations) {
    const [resource = "", method = ""] = operation.split(".");
    const name = DASHBOARD_RESOURCES[resource];
    if (name === undefined) continue;
    const reads = method === "retrieve" || method === "list" || method === "search";
    // Write includes read.
    if (!reads || !permissions.has(name)) permissions.set(name, reads ? "Read" : "Write");
  }
  return [...permissions].map(([resource, permission]) => ({ resource, permission }));
}
