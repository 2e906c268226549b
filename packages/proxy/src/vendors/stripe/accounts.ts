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
  const found: NamedAccount[] = [];
  for (const name of Object.keys(params)) {
    if (!TEXTS.has(name)) collect(params[name] ?? "", name, found);
  }
  return found;
}

function collect(value: ParamValue, param: string, found: NamedAccount[]): void {
  if (typeof value === "string") {
    if (ACCOUNT.test(value)) found.push({ param, account: value.trim() });
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, `${param}[${index}]`, found);
    return;
  }
  for (const name of Object.keys(value)) {
    if (!TEXTS.has(name)) collect(value[name] ?? "", `${param}[${name}]`, found);
  }
}
