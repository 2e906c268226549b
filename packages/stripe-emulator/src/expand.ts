import { showBalanceTransaction } from "./balance-book.ts";
import { invalidRequest } from "./errors.ts";
import type { FormValue } from "./form.ts";
import { EXPAND_DEPTH_MAX } from "./limits.ts";
import { type Context, idOf, type State } from "./state.ts";

/**
 * What may be expanded on each kind of object, and to what. `list:x` is a page of x; `nothing`: Stripe expands
 * it, and in the emulator it is always null.
 */
const EXPANDABLE = {
  application_fee: { account: "nothing", balance_transaction: "balance_transaction", charge: "charge" },
  approval_request: {},
  balance: {},
  balance_transaction: { source: "transaction_source" },
  card: { customer: "customer" },
  charge: {
    application: "nothing",
    application_fee: "application_fee",
    balance_transaction: "balance_transaction",
    customer: "customer",
    failure_balance_transaction: "nothing",
    on_behalf_of: "nothing",
    payment_intent: "payment_intent",
    refunds: "list:refund",
    review: "nothing",
    source_transfer: "nothing",
    transfer: "transfer",
  },
  checkout_session: {
    customer: "customer",
    invoice: "invoice",
    line_items: "list:line_item",
    payment_intent: "payment_intent",
    payment_link: "payment_link",
    setup_intent: "setup_intent",
    subscription: "subscription",
  },
  coupon: { applies_to: "nothing" },
  credit_note: {
    customer: "customer",
    customer_balance_transaction: "customer_balance_transaction",
    invoice: "invoice",
  },
  credit_note_line_item: {},
  currency_options: {},
  customer: {
    default_source: "card",
    discount: "discount",
    invoice_settings: "invoice_settings",
    sources: "list:card",
    subscriptions: "list:subscription",
    test_clock: "nothing",
  },
  customer_balance_transaction: { credit_note: "credit_note", customer: "customer", invoice: "invoice" },
  discount: { customer: "customer", promotion_code: "promotion_code", source: "discount_source" },
  discount_source: { coupon: "coupon" },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
  event: {},
  fee_refund: { balance_transaction: "balance_transaction", fee: "application_fee" },
  invoice: {
    confirmation_secret: "confirmation_secret",
    customer: "customer",
    default_payment_method: "payment_method",
    discounts: "discount",
    lines: "list:line",
    payments: "list:invoice_payment",
  },
  confirmation_secret: {},
  invoice_payment: { invoice: "invoice", payment: "invoice_payment_payment" },
  invoice_payment_payment: { charge: "charge", payment_intent: "payment_intent" },
  invoice_settings: { default_payment_method: "payment_method" },
  invoiceitem: { customer: "customer", discounts: "discount", invoice: "invoice" },
  line: { discounts: "discount" },
  line_item: {},
  payment_intent: {
    application: "nothing",
    customer: "customer",
    latest_charge: "charge",
    on_behalf_of: "nothing",
    payment_method: "payment_method",
    review: "nothing",
    source: "card",
  },
  payment_link: { line_items: "list:line_item", on_behalf_of: "nothing" },
  payment_method: { customer: "customer" },
  payout: { balance_transaction: "balance_transaction", destination: "nothing" },
  price: { currency_options: "currency_options", product: "product" },
  product: { default_price: "price" },
  promotion: { coupon: "coupon" },
  promotion_code: { customer: "customer", promotion: "promotion" },
  refund: {
    balance_transaction: "balance_transaction",
    charge: "charge",
    customer: "customer",
    failure_balance_transaction: "nothing",
    payment_intent: "payment_intent",
    payment_method: "payment_method",
    source_transfer_reversal: "nothing",
    transfer_reversal: "transfer_reversal",
  },
  setup_intent: { customer: "customer", latest_attempt: "nothing", payment_method: "payment_method" },
  subscription: {
    customer: "customer",
    default_payment_method: "payment_method",
    discounts: "discount",
    items: "list:subscription_item",
    latest_invoice: "invoice",
    pending_setup_intent: "setup_intent",
    schedule: "subscription_schedule",
  },
  subscription_item: { discounts: "discount" },
  subscription_schedule: { customer: "customer", subscription: "subscription" },
  tax_rate: {},
  // A charge or a refund: what both may expand.
  transaction_source: { charge: "charge", customer: "customer", payment_intent: "payment_intent" },
  transfer: { balance_transaction: "balance_transaction", source_transaction: "charge" },
  transfer_reversal: {
    balance_transaction: "balance_transaction",
    source_refund: "refund",
    transfer: "transfer",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The kinds of object that are answered. */
export type ObjectName = keyof typeof EXPANDABLE;
export type ObjectType = ObjectName | `list:${ObjectName}`;
type Target = ObjectType | "nothing";

const TARGETS: Readonly<Record<ObjectName, Readonly<Record<string, Target>>>> = EXPANDABLE;

/** Checked expand paths as a tree; leaves are empty. */
export type ExpandTree = ReadonlyMap<string, { readonly target: Target; readonly below: ExpandTree }>;
type GrowingTree = Map<string, { target: Target; below: GrowingTree }>;

function targetOf(type: Target, segment: string): Target | undefined {
  if (type === "nothing") return undefined;
  if (type.startsWith("list:"))
    return segment === "data" ? (type.slice("list:".length) as ObjectName) : undefined;
  const targets = TARGETS[type as ObjectName];
  return Object.hasOwn(targets, segment) ? targets[segment] : undefined;
}

/** Checks `expand` against what is answered, before anything is executed; 400 as Stripe does. */
export function parseExpand(value: FormValue | undefined, returns: ObjectType): ExpandTree {
  const tree: GrowingTree = new Map();
  if (value === undefined) return tree;
  const paths = typeof value === "string" ? [value] : Object.values(value);
  for (const path of paths) {
    if (typeof path !== "string") throw invalidRequest("Invalid array", { param: "expand" });
    const segments = path.split(".");
    if (segments.length > EXPAND_DEPTH_MAX) {
      throw invalidRequest(`You cannot expand more than ${EXPAND_DEPTH_MAX} levels of a property.`, {
        param: "expand",
      });
    }
    let type: Target = returns;
    let branch = tree;
    for (const segment of segments) {
      const target = targetOf(type, segment);
      if (target === undefined) {
        throw invalidRequest(`This property cannot be expanded (${path}).`, { param: "expand" });
      }
      const node = branch.get(segment) ?? { target, below: new Map() };
      branch.set(segment, node);
      branch = node.below;
      type = target;
    }
  }
  return tree;
}

/** Where objects are found, by the prefix of their id. */
const COLLECTIONS = {
  card: "cards",
  ch: "charges",
  cn: "creditNotes",
  cbtxn: "customerBalanceTransactions",
  in: "invoices",
  inpay: "invoicePayments",
  pi: "paymentIntents",
  plink: "paymentLinks",
  pm: "paymentMethods",
  price: "prices",
  promo: "promotionCodes",
  re: "refunds",
  seti: "setupIntents",
  sub: "subscriptions",
  tr: "transfers",
  trr: "transferReversals",
} as const satisfies Readonly<Record<string, keyof State>>;

function isPrefix(prefix: string): prefix is keyof typeof COLLECTIONS {
  return Object.hasOwn(COLLECTIONS, prefix);
}

function find(context: Context, id: string, target: Target): object | null {
  const { state, platform } = context;
  // Coupons and products may have ids of the caller's own choice.
  if (target === "coupon") return state.coupons.get(id) ?? null;
  if (target === "product") return state.products.get(id) ?? null;
  if (target === "discount") return state.discounts.get(id) ?? null;
  if (target === "subscription_schedule") return state.subscriptionSchedules.get(id) ?? null;
  const prefix = id.slice(0, id.indexOf("_"));
  if (prefix === "fee") return platform.applicationFees.get(id) ?? null;
  if (prefix === "txn") {
    const transaction = state.balanceTransactions.get(id) ?? platform.balanceTransactions.get(id);
    return transaction === undefined ? null : showBalanceTransaction(transaction, context.now);
  }
  if (isPrefix(prefix)) return state[COLLECTIONS[prefix]].get(id) ?? null;
  if (prefix !== "cus") return null;
  return state.customers.get(id) ?? (state.deletedCustomers.has(id) ? deletedCustomer(id) : null);
}

/** What is left of a deleted customer. */
export function deletedCustomer(id: string): { id: string; object: "customer"; deleted: true } {
  return { id, object: "customer", deleted: true };
}

/** Lists inside objects, which appear only when they are expanded; Stripe shows the first ten. */
function innerList(state: State, owner: Record<string, unknown>, target: Target): object | null {
  const key = String(owner.id);
  const list = (url: string, page: { readonly data: readonly object[]; readonly hasMore: boolean }) => ({
    object: "list",
    data: page.data,
    has_more: page.hasMore,
    url,
  });
  const limit = 10;
  if (target === "list:refund") {
    return list(`/v1/charges/${key}/refunds`, state.refunds.page({ limit, index: { name: "charge", key } }));
  }
  const index = { name: "customer", key };
  if (target === "list:card") return list(`/v1/customers/${key}/sources`, state.cards.page({ limit, index }));
  if (target === "list:subscription") {
    return list(`/v1/customers/${key}/subscriptions`, state.subscriptions.page({ limit, index }));
  }
  if (target === "list:invoice_payment") {
    const payments = state.invoicePayments.page({ limit, index: { name: "invoice", key } });
    return list("/v1/invoice_payments", payments);
  }
  if (target !== "list:line_item") return null;
  const path = key.startsWith("plink_") ? "payment_links" : "checkout/sessions";
  return list(`/v1/${path}/${key}/line_items`, { data: state.lineItems.get(key) ?? [], hasMore: false });
}

/** What Stripe answers only when it is asked for by name. */
function hiddenField(context: Context, owner: Record<string, unknown>, target: Target): object | null {
  if (target === "currency_options") return currencyOptions(owner);
  if (target !== "confirmation_secret") return null;
  const [payment] = context.state.invoicePayments.withKey("invoice", String(owner.id));
  const intent = context.state.paymentIntents.get(idOf(payment?.payment.payment_intent) ?? "");
  return intent === undefined ? null : { client_secret: intent.client_secret, type: "payment_intent" };
}

/** A price's amount in each of its currencies; here it has one. */
function currencyOptions({
  currency,
  tax_behavior,
  unit_amount,
  unit_amount_decimal,
}: Record<string, unknown>) {
  const own = { custom_unit_amount: null, tax_behavior, unit_amount, unit_amount_decimal };
  return { [String(currency)]: own };
}

/** A copy of an answer with the asked fields replaced by their objects; the stored objects stay as they are. */
export function applyExpand(options: {
  readonly context: Context;
  readonly answer: object;
  readonly tree: ExpandTree;
}): object {
  const { context, tree } = options;
  if (tree.size === 0) return options.answer;
  const copy: Record<string, unknown> = { ...options.answer };
  for (const [field, { target, below }] of tree) {
    const value = copy[field];
    const expandBelow = (answer: object): object => applyExpand({ context, answer, tree: below });
    const expandOne = (item: unknown): unknown => {
      if (typeof item === "object" && item !== null) return expandBelow(item);
      const found = typeof item === "string" ? find(context, item, target) : null;
      // A one-off card is not kept apart from its charge: its id stays an id.
      return found === null ? item : expandBelow(found);
    };
    if (Array.isArray(value)) copy[field] = value.map(expandOne);
    else if (value === undefined || (value === null && target === "confirmation_secret")) {
      const added = innerList(context.state, copy, target) ?? hiddenField(context, copy, target);
      if (added !== null) copy[field] = expandBelow(added);
    } else {
      copy[field] = expandOne(value);
    }
  }
  return copy;
}
