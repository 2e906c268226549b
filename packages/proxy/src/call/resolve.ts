import { accountAt } from "../accounts.ts";
import { auditPath } from "../audit-path.ts";
import { LIMITS } from "../limits.ts";
import { allowsOperation } from "../policy.ts";
import { type KeysKnown, redactKeys } from "../redact-keys.ts";
import type { Refusal } from "../refusal.ts";
import { type Headers, headerOf, type Operation } from "../vendors/vendor.ts";
import { readAgentHeaders, tooLongAgentHeader } from "./agent-headers.ts";
import {
  type Asked,
  type Authenticated,
  type CallDependencies,
  type Ending,
  isEnding,
  type Read,
  type Resolved,
  refused,
} from "./call.ts";
import { barred } from "./observe.ts";
import type { Step } from "./step.ts";

/** Step 3: the one operation that is asked for, and its parameters. */
export const resolve: Step<Read, Resolved> = {
  name: "resolve",
  refuses: ["operation_not_allowed", "request_invalid"],
  take,
};

/** Pure; `body` is null when it was not read. Rows of refused calls say as much as this does. */
export function readAsked({ accounts }: CallDependencies, call: Authenticated, body: string | null): Asked {
  const { method, target, headers, account } = call;
  const { vendor } = account;
  const agent = readAgentHeaders(accounts, headers);
  const header = headerOf(headers, "idempotency-key");
  const nothing = { agent, operation: null, request: null, plan: null, callerKey: header };
  const owner = accountAt(accounts, target).vendor;
  if (owner !== vendor) {
    const reason = `The vault key '${call.key.name}' is for ${vendor.title}, and this path is ${owner.title}'s. ${vendor.title}'s begin with /${vendor.name}/.`;
    return {
      ...nothing,
      path: auditPath(accounts, target),
      refusal: { code: "operation_not_allowed", reason },
    };
  }
  const route = vendor.resolve(method, target, headers);
  if (!route.ok) {
    const reason = `This request is no operation that a vault key can allow: ${route.reason}`;
    return {
      ...nothing,
      path: auditPath(accounts, target),
      refusal: { code: "operation_not_allowed", reason },
    };
  }
  const { operation, path } = route;
  if (body === null) return { ...nothing, path, operation, refusal: null };
  const request = vendor.decode(route, headers, body);
  if (!request.ok) {
    const { reason } = request;
    return { ...nothing, path, operation, refusal: { code: "request_invalid", reason } };
  }
  const lifted = vendor.keyAmongParams(request);
  // What an SDK made up says nothing against what its caller says.
  const callerKey = lifted !== null && (header === null || vendor.isMadeUpKey(header)) ? lifted : header;
  const refusal = keyRefusal(accounts, callerKey, lifted);
  return { agent, path, operation, request, plan: vendor.price(request), callerKey, refusal };
}

function take(deps: CallDependencies, call: Read): Resolved | Ending {
  const asked = readAsked(deps, call, call.body);
  const { operation, request, plan, agent, callerKey } = asked;
  let known: Read & Pick<Resolved, "asked"> = { ...call, asked };
  if (operation !== null && !allowsOperation(call.key.policy, call.account.vendor, operation.name)) {
    const next = barred(known, notAllowed(call, operation));
    if (isEnding(next)) return next;
    known = next;
  }
  const refusal = operation === null ? asked.refusal : (headerRefusal(call.headers) ?? asked.refusal);
  if (refusal !== null) return refused(known, refusal);
  if (operation === null || request === null || plan === null)
    throw new Error("what was read is neither a request nor refused");
  if (plan.kind === "invalid")
    return refused(known, { code: "request_invalid", reason: plan.reason, param: plan.param });
  return { ...known, operation, request, plan, agent, callerKey };
}

function notAllowed({ key }: Read, operation: Operation): Refusal {
  const allowed = key.policy.allowed_operations.join(", ");
  return {
    code: "operation_not_allowed",
    reason: `The vault key '${key.name}' does not allow ${operation.name}. It allows: ${allowed}.`,
    detail: { operation: operation.name, allowed_operations: key.policy.allowed_operations },
  };
}

/** The proxy's own headers, whatever vendor the call is for. */
function headerRefusal(headers: Headers): Refusal | null {
  const tooLong = tooLongAgentHeader(headers);
  if (tooLong !== null) {
    const reason = `The header ${tooLong} has at most ${LIMITS.agentHeaderLength} characters.`;
    return { code: "request_invalid", reason };
  }
  return null;
}

/** `lifted`: the key that stood among the parameters, if one did. */
function keyRefusal(known: KeysKnown, key: string | null, lifted: string | null): Refusal | null {
  if (key === null) return null;
  if (lifted !== null && key !== lifted) {
    const reason = "The header and the parameter idempotency_key name two Idempotency-Keys.";
    return { code: "request_invalid", reason, param: "idempotency_key" };
  }
  if (key.length > LIMITS.idempotencyKeyLength) {
    const reason = `An Idempotency-Key has at most ${LIMITS.idempotencyKeyLength} characters.`;
    return { code: "request_invalid", reason };
  }
  // It is stored, and the vendor shows it to whoever reads the request's log.
  if (redactKeys(known, key) === key) return null;
  return { code: "request_invalid", reason: "An Idempotency-Key must not hold a secret key." };
}
