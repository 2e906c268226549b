import type { CallFacts } from "@keybrake/ledger";
import { makeCallId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import { redactKeys } from "../redact-keys.ts";
import type {
  Asked,
  Authenticated,
  CallDependencies,
  Held,
  Identified,
  Priced,
  Read,
  Resolved,
} from "./call.ts";
import { requestedCost } from "./price.ts";
import { readAsked } from "./resolve.ts";

/** The row of a call: what was asked, as far as the call has come, and as far as it can be read. */
export function factsOf(
  deps: CallDependencies,
  call: Authenticated | Read | Resolved | Identified | Priced | Held,
): CallFacts {
  if ("facts" in call) return call.facts;
  const { accounts, environment } = deps;
  const asked = "asked" in call ? call.asked : readAsked(deps, call, "body" in call ? call.body : null);
  const at = "at" in call ? call.at : environment.clock();
  const sent = asked.callerKey?.slice(0, LIMITS.idempotencyKeyLength);
  const used = sent ?? ("claim" in call ? call.claim?.shownKey : null);
  const { amountMinor, currency, usdMicros } = costOf(deps, call, asked);
  return {
    callId: "callId" in call ? call.callId : makeCallId(at, environment.random),
    at,
    vaultKeyId: call.key.id,
    vaultKeyName: call.key.name,
    vendor: call.key.vendor,
    account: call.key.account,
    simulate: call.key.simulate,
    role: call.key.role,
    labels: call.key.labels,
    runId: asked.agent.runId,
    agent: asked.agent.agent,
    conversationId: asked.agent.conversationId,
    turn: asked.agent.turn,
    traceparent: asked.agent.traceparent,
    operation: asked.operation?.name ?? null,
    method: call.method,
    path: redactKeys(accounts, asked.path),
    idempotencyKey: used == null ? null : redactKeys(accounts, used),
    amountMinor,
    currency,
    usdMicros,
    customer: customerIn(call, asked),
    wouldCode: "would" in call ? (call.would ?? null) : null,
  };
}

/** As the request names it, or as a look-up has said; a name that is none of the vendor's ids is not kept. */
function customerIn(call: Authenticated | Read, { request }: Asked): string | null {
  if ("customer" in call && call.customer !== undefined) return call.customer;
  if (request === null) return null;
  const { vendor } = call.account;
  const question = vendor.customerOf(request);
  return question.kind === "named" && vendor.isCustomerId(question.id) ? question.id : null;
}

/** What it costs, or what it asks for when that is not worked out. */
function costOf(deps: CallDependencies, call: Authenticated | Priced, asked: Asked) {
  if ("cost" in call && call.cost !== null) return call.cost;
  return requestedCost(asked.plan, deps.rates, call.account.vendor);
}
