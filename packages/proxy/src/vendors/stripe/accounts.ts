/** Connected accounts that a call's parameters name: whom its money goes to, comes from, or is settled for. */
import { type Headers, headerOf, type NamedAccount } from "../vendor.ts";
import type { Params, ParamValue } from "./form.ts";

/** The account headers that are there; both are forwarded, and who knows which of two Stripe would obey. */
export function accountsNamed(headers: Headers): readonly string[] {
  const named = [headerOf(headers, "stripe-account"), headerOf(headers, "stripe-context")];
  return named.filter((account) => account !== null);
}

/** What Stripe only keeps and shows; an account named there gets nothing. */
const TEXTS: ReadonlySet<string> = new Set([
  "metadata",
  "description",
  "client_reference_id",
  "transfer_group",
]);

/** What stands before it and is no letter (spaces, zero-width and control characters) might be cut off by Stripe. */
const ACCOUNT = /^\W*acct_/i;

/**
 * Every account (`acct_…`) named in the parameters: `destination`, `on_behalf_of`, `transfer_data[destination]`,
 * `source` … (docs.stripe.com/connect/charges). By the form of the value and not by a list of parameters, so that
 * one which Stripe adds is found as well.
 */
export function accountsIn(params: Params): readonly NamedAccount[] {
  return Object.entries(params)
    .filter(([name]) => !TEXTS.has(name))
    .flatMap(([name, value]) => accountsOf(value, name));
}

function accountsOf(value: ParamValue, param: string): readonly NamedAccount[] {
  if (typeof value === "string") {
    return ACCOUNT.test(value) ? [{ param, account: value.trim() }] : [];
  }
  const inner = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : undefined;
  return (inner ?? Object.entries(value).filter(([name]) => !TEXTS.has(name))).flatMap(([name, item]) =>
    accountsOf(item, `${param}[${name}]`),
  );
}
