import { invalidRequest } from "./errors.ts";
import type { FormValue } from "./form.ts";
import { EXPAND_DEPTH_MAX } from "./limits.ts";
import { showBalanceTransaction } from "./payments.ts";
import type { State } from "./state.ts";

/** The kinds of object that are answered. `list:x` is a page of them. */
export type ObjectName =
  | "charge"
  | "payment_intent"
  | "refund"
  | "customer"
  | "invoice_settings"
  | "card"
  | "payment_method"
  | "balance_transaction"
  | "transaction_source"
  | "balance"
  | "event";
export type ObjectType = ObjectName | `list:${ObjectName}`;

/** `nothing`: Stripe expands it, and in the emulator it is always null. */
type Target = ObjectType | "nothing";

/** What may be expanded on each kind of object. */
const EXPANDABLE: Readonly<Record<ObjectName, Readonly<Record<string, Target>>>> = {
  charge: {
    application: "nothing",
    application_fee: "nothing",
    balance_transaction: "balance_transaction",
    customer: "customer",
    failure_balance_transaction: "nothing",
    on_behalf_of: "nothing",
    payment_intent: "payment_intent",
    refunds: "list:refund",
    review: "nothing",
    source_transfer: "nothing",
  },
  payment_intent: {
    application: "nothing",
    customer: "customer",
    latest_charge: "charge",
    on_behalf_of: "nothing",
    payment_method: "payment_method",
    review: "nothing",
    source: "card",
  },
  refund: {
    balance_transaction: "balance_transaction",
    charge: "charge",
    customer: "customer",
    failure_balance_transaction: "nothing",
    payment_intent: "payment_intent",
    payment_method: "payment_method",
    source_transfer_reversal: "nothing",
    transfer_reversal: "nothing",
  },
  customer: {
    default_source: "card",
    invoice_settings: "invoice_settings",
    sources: "list:card",
    test_clock: "nothing",
  },
  invoice_settings: { default_payment_method: "payment_method" },
  card: { customer: "customer" },
  payment_method: { customer: "customer" },
  balance_transaction: { source: "transaction_source" },
  // A charge or a refund: what both may expand.
  transaction_source: { charge: "charge", customer: "customer", payment_intent: "payment_intent" },
  balance: {},
  event: {},
};

/** Checked expand paths as a tree; leaves are empty. */
export type ExpandTree = ReadonlyMap<string, { readonly target: Target; readonly below: ExpandTree }>;
type GrowingTree = Map<string, { target: Target; below: GrowingTree }>;

function targetOf(type: Target, segment: string): Target | undefined {
  if (type === "nothing") return undefined;
  if (type.startsWith("list:"))
    return segment === "data" ? (type.slice("list:".length) as ObjectName) : undefined;
  const targets = EXPANDABLE[type as ObjectName];
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

function find(state: State, now: number, id: string): object | null {
  const prefix = id.slice(0, id.indexOf("_"));
  if (prefix === "ch") return state.charges.get(id) ?? null;
  if (prefix === "pi") return state.paymentIntents.get(id) ?? null;
  if (prefix === "re") return state.refunds.get(id) ?? null;
  if (prefix === "pm") return state.paymentMethods.get(id) ?? null;
  if (prefix === "card") return state.cards.get(id) ?? null;
  if (prefix === "txn") {
    const transaction = state.balanceTransactions.get(id);
    return transaction === undefined ? null : showBalanceTransaction(transaction, now);
  }
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
  const page =
    target === "list:refund"
      ? {
          url: `/v1/charges/${key}/refunds`,
          ...state.refunds.page({ limit: 10, index: { name: "charge", key } }),
        }
      : {
          url: `/v1/customers/${key}/sources`,
          ...state.cards.page({ limit: 10, index: { name: "customer", key } }),
        };
  return { object: "list", data: page.data, has_more: page.hasMore, url: page.url };
}

/** A copy of an answer with the asked fields replaced by their objects; the stored objects stay as they are. */
export function applyExpand(options: {
  readonly state: State;
  readonly now: number;
  readonly answer: object;
  readonly tree: ExpandTree;
}): object {
  const { state, now, tree } = options;
  if (tree.size === 0) return options.answer;
  const copy: Record<string, unknown> = { ...options.answer };
  for (const [field, { target, below }] of tree) {
    const value = copy[field];
    const expandBelow = (answer: object): object => applyExpand({ state, now, answer, tree: below });
    if (Array.isArray(value)) copy[field] = value.map(expandBelow);
    else if (target.startsWith("list:")) {
      const list = innerList(state, copy, target);
      if (list !== null) copy[field] = expandBelow(list);
    } else if (typeof value === "string") {
      const found = find(state, now, value);
      // A one-off card is not kept apart from its charge: its id stays an id.
      if (found !== null) copy[field] = expandBelow(found);
    } else if (typeof value === "object" && value !== null) {
      copy[field] = expandBelow(value);
    }
  }
  return copy;
}
