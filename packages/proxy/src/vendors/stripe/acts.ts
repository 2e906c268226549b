/**
 * What makes two calls the same business act: the one table of parameters that are an operation's identity. The rest of
 * such a call is wording. An operation that is not in the table is identical only when all of its parameters are.
 */
import { isParams, type Params, type ParamValue } from "./form.ts";

/** The values that name an act, in an order of the row's own; null for what a call leaves out. */
export type Identity = readonly (ParamValue | null)[];

/** An operation that says an act, and its path. */
export interface Way {
  readonly operation: string;
  readonly path: string;
}

interface ActRow {
  /** Null for a call that names too little: it is identical only when all of its parameters are. */
  readonly identity: (params: Params) => Identity | null;
  /** What Stripe does when a parameter is left out (docs.stripe.com/api): saying so is not another call. */
  readonly defaults: ReadonlyMap<string, string>;
  /** The other way to say the act, once a reference names it. */
  readonly otherwise: Way | null;
}

/** The parameter at a path (`metadata`, `reference`); null when it is absent or empty. */
export function valueAt(params: Params, ...path: readonly string[]): ParamValue | null {
  let found: ParamValue | undefined = params;
  for (const name of path) {
    if (!isParams(found) || !Object.hasOwn(found, name)) return null;
    found = found[name];
  }
  return found === undefined || found === "" ? null : found;
}

/** The first that is given. */
function firstOf(params: Params, names: readonly string[]): ParamValue | null {
  for (const name of names) {
    const found = valueAt(params, name);
    if (found !== null) return found;
  }
  return null;
}

/** Who pays: the customer, with whichever of their means; without one, the means itself. */
const PAYERS = ["customer", "customer_account", "payment_method", "source"] as const;

/** What callers write to tell apart acts that are otherwise equal; nulls when they name nothing. */
export function references(params: Params): Identity {
  return [valueAt(params, "metadata", "reference"), valueAt(params, "metadata", "billing_period")];
}

/** Two guests' orders over one amount are two: without a payer and a reference, nothing names the act. */
function payment(params: Params): Identity | null {
  const payer = firstOf(params, PAYERS);
  const named = [...references(params), valueAt(params, "invoice")];
  if (payer === null && named.every((name) => name === null)) return null;
  const destination =
    valueAt(params, "transfer_data", "destination") ?? valueAt(params, "destination", "account");
  return [
    payer,
    valueAt(params, "amount"),
    valueAt(params, "currency"),
    destination ?? valueAt(params, "destination"),
    ...named,
  ];
}

/** A refund without an amount is of all that is left. */
function refund(params: Params): Identity | null {
  const charge = firstOf(params, ["charge", "payment_intent"]);
  return charge === null ? null : [charge, valueAt(params, "amount"), ...references(params)];
}

/** Money between accounts of one's own, or to and from a bank. What it is for is not said by its description. */
function outflow(...names: readonly string[]): ActRow {
  const all = ["amount", "currency", "destination", ...names];
  const identity = (params: Params) => [...all.map((name) => valueAt(params, name)), ...references(params)];
  return { identity, defaults: new Map(), otherwise: null };
}

export const ACTS: ReadonlyMap<string, ActRow> = new Map(
  Object.entries<ActRow>({
    "charges.create": {
      identity: payment,
      defaults: new Map([["capture", "true"]]),
      otherwise: { operation: "paymentIntents.create", path: "/v1/payment_intents" },
    },
    "paymentIntents.create": {
      identity: payment,
      defaults: new Map([
        ["confirm", "false"],
        ["off_session", "false"],
        ["error_on_requires_action", "false"],
      ]),
      otherwise: { operation: "charges.create", path: "/v1/charges" },
    },
    "refunds.create": { identity: refund, defaults: new Map(), otherwise: null },
    "transfers.create": outflow("source_transaction", "transfer_group"),
    "payouts.create": outflow("source_type"),
    "topups.create": outflow("source", "transfer_group"),
  }),
);
