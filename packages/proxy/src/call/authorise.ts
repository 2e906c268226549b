import type { VaultKey } from "@keybrake/ledger";
import { allowsOperation, type Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import {
  accountsIn,
  type Operation,
  type Params,
  reservedMetadataKey,
  unsetsStamp,
} from "../vendors/stripe/index.ts";
import { type IncomingCall, namedAccounts } from "./facts.ts";

/** Step 3 as far as the request line and headers say it: the operation and the account. */
export function authorise(
  key: VaultKey,
  policy: Policy,
  operation: Operation,
  call: IncomingCall,
): Refusal | null {
  if (!allowsOperation(policy, operation.name)) {
    const allowed = policy.allowed_operations.join(", ");
    return {
      code: "operation_not_allowed",
      message: `The vault key '${key.name}' does not allow ${operation.name}. It allows: ${allowed}. Do not retry.`,
      detail: { operation: operation.name, allowed_operations: policy.allowed_operations },
    };
  }
  return accountRefusal(key, policy, call);
}

/** Both headers are forwarded, so both must be allowed; and which of two would Stripe obey? */
function accountRefusal(key: VaultKey, policy: Policy, call: IncomingCall): Refusal | null {
  const accounts = namedAccounts(call);
  if (accounts.length > 1) {
    const message = "Send either Stripe-Account or Stripe-Context, not both.";
    return { code: "account_not_allowed", message };
  }
  if (accounts.every((account) => policy.stripe_accounts.includes(account))) return null;
  return {
    code: "account_not_allowed",
    message: `The vault key '${key.name}' may not act for another Stripe account. Leave out the Stripe-Account header, or issue a key with this account in stripe_accounts.`,
  };
}

/**
 * A write may name only accounts of the policy in its parameters, too: `transfer_data[destination]` would hand a
 * charge to a connected account, within the cap and for an allowed customer.
 */
export function destinationRefusal(
  key: VaultKey,
  policy: Policy,
  operation: Operation,
  params: Params,
): Refusal | null {
  if (!operation.write) return null;
  const foreign = accountsIn(params).find(({ account }) => !policy.stripe_accounts.includes(account));
  if (foreign === undefined) return null;
  return {
    code: "account_not_allowed",
    message: `The vault key '${key.name}' may not name this Stripe account in ${foreign.param}. Leave it out, or issue a key with the account in stripe_accounts.`,
    param: foreign.param,
  };
}

/** The proxy's own metadata is its own: a client that could set it could hide behind another agent. */
export function metadataRefusal(operation: Operation, params: Params): Refusal | null {
  const reserved = reservedMetadataKey(params);
  if (reserved === null) {
    if (!unsetsStamp(operation, params)) return null;
    const message =
      "Empty metadata would unset the proxy's own. Unset the names that you mean, one by one: metadata[name]=.";
    return { code: "metadata_reserved", message, param: "metadata" };
  }
  return {
    code: "metadata_reserved",
    message: `Metadata names that begin with keybrake_ are set by the proxy. Leave out metadata[${reserved}].`,
    param: `metadata[${reserved}]`,
  };
}

/** Step 3, the rest: what is known only once the amount is. */
export function authoriseAmount(
  key: VaultKey,
  policy: Policy,
  cost: { readonly movedCents: number; readonly currency: string | null },
): Refusal | null {
  if (policy.max_cents_per_call !== null && cost.movedCents > policy.max_cents_per_call) {
    return {
      code: "amount_over_limit",
      message: `This call would move ${dollars(cost.movedCents)}, and the vault key '${key.name}' allows at most ${dollars(policy.max_cents_per_call)} per call. Do not split it up; ask a person.`,
      detail: { max_usd_per_call: policy.max_cents_per_call / 100, requested_usd: cost.movedCents / 100 },
    };
  }
  if (cost.currency !== null && policy.currencies?.includes(cost.currency) === false) {
    return {
      code: "currency_not_allowed",
      message: `The vault key '${key.name}' allows the currencies ${policy.currencies.join(", ")}, not ${cost.currency}.`,
      param: "currency",
    };
  }
  return null;
}

export function customerRefusal(key: VaultKey, policy: Policy, customer: string | null): Refusal | null {
  if (policy.customers === null) return null;
  if (customer !== null && policy.customers.includes(customer)) return null;
  return {
    code: "customer_not_allowed",
    message:
      customer === null
        ? `The vault key '${key.name}' is limited to certain customers, and this call names none. Name an allowed customer.`
        : `The vault key '${key.name}' may not touch this customer. Do not retry with other ids.`,
    param: "customer",
  };
}

/** `$12.34`, for messages to people and models. */
export function dollars(cents: number): string {
  return `$${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
}
