import { allowsCustomer, boundElsewhere } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import { type CallDependencies, type Ending, type Resolved, refused } from "./call.ts";
import { isFound, lookUp } from "./look-up.ts";
import { barred } from "./observe.ts";
import type { MaybePromise, Step } from "./step.ts";

/** Step 4: whom the call may touch. Amounts are for later: they are not known yet. */
export const authorise: Step<Resolved, Resolved> = {
  name: "authorise",
  refuses: [
    "binding_not_met",
    "account_not_allowed",
    "metadata_reserved",
    "card_data_not_allowed",
    "customer_not_allowed",
  ],
  // Whose a charge is, the vendor must be asked.
  repeats: ["rate_limited", "upstream_unreachable"],
  take,
};

function take(deps: CallDependencies, call: Resolved): MaybePromise<Resolved | Ending> {
  const refusal =
    bindingRefusal(call) ??
    accountRefusal(call) ??
    destinationRefusal(call) ??
    metadataRefusal(call) ??
    cardRefusal(call);
  if (refusal !== null) return refused(call, refusal);
  return call.key.policy.customers === null ? call : checkCustomer(deps, call);
}

/** Not told what it is bound to: who has a stolen key would say that. */
function bindingRefusal({ key, agent }: Resolved): Refusal | null {
  const other = boundElsewhere(key.policy, agent);
  if (other === null) return null;
  const header = other === "run" ? "X-Agent-Run-Id" : "X-Agent-Conversation-Id";
  return {
    code: "binding_not_met",
    reason: `The vault key '${key.name}' is bound, and the header ${header} of this call is missing or another.`,
  };
}

/** All are forwarded, so all must be allowed; and which of two would the vendor obey? */
function accountRefusal({ key, account, headers }: Resolved): Refusal | null {
  const { vendor } = account;
  const accounts = vendor.accountsNamed(headers);
  if (accounts.length > 1) {
    const reason = `This call names ${vendor.title} accounts in two headers, and only one could be obeyed.`;
    return { code: "account_not_allowed", reason };
  }
  if (accounts.every((named) => key.policy.accounts.includes(named))) return null;
  return {
    code: "account_not_allowed",
    reason: `The vault key '${key.name}' may not act for another ${vendor.title} account: its policy does not name the one in the header.`,
  };
}

/**
 * A write may name only accounts of the policy in its parameters, too: a parameter would hand the money to another
 * account, within the cap and for an allowed customer.
 */
function destinationRefusal({ key, account, operation, request }: Resolved): Refusal | null {
  if (!operation.write) return null;
  const { vendor } = account;
  const foreign = vendor.accountsIn(request).find((named) => !key.policy.accounts.includes(named.account));
  if (foreign === undefined) return null;
  return {
    code: "account_not_allowed",
    reason: `The vault key '${key.name}' may not name this ${vendor.title} account in ${foreign.param}: its policy does not.`,
    param: foreign.param,
  };
}

function metadataRefusal({ account, request }: Resolved): Refusal | null {
  const reserved = account.vendor.reserved(request);
  return reserved === null ? null : { code: "metadata_reserved", ...reserved };
}

/** Numbers and codes of cards would stand in the store while an outcome is open, and in whatever the agent keeps. */
function cardRefusal({ key, account, request }: Resolved): Refusal | null {
  if (key.policy.allow_raw_cards) return null;
  const param = account.vendor.cardDataIn(request);
  if (param === null) return null;
  return {
    code: "card_data_not_allowed",
    reason: `The vault key '${key.name}' may not send the number or the code of a card (${param}).`,
    param,
  };
}

/** The customers allowlist, with a look-up where the call names only an object of the customer's. */
function checkCustomer(deps: CallDependencies, call: Resolved): MaybePromise<Resolved | Ending> {
  const question = call.account.vendor.customerOf(call.request);
  if (question.kind === "lookup") return lookUpCustomer(deps, call, question);
  return judgeCustomer(call, question.kind === "named" ? question.id : null);
}

async function lookUpCustomer(
  deps: CallDependencies,
  call: Resolved,
  { path, next }: { readonly path: string; readonly next: (object: unknown) => string | null },
): Promise<Resolved | Ending> {
  const found = await lookUp(deps, call, path);
  if (!isFound(found)) return found;
  const customer = next(found.object);
  return judgeCustomer(customer === null ? call : { ...call, customer }, customer);
}

function judgeCustomer(call: Resolved, customer: string | null): Resolved | Ending {
  if (allowsCustomer(call.key.policy, customer)) return call;
  const { name } = call.key;
  return barred(call, {
    code: "customer_not_allowed",
    reason:
      customer === null
        ? `The vault key '${name}' is limited to certain customers, and this call names none.`
        : `The vault key '${name}' may not touch this customer.`,
    param: "customer",
  });
}
