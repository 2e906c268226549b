import { hash } from "node:crypto";
import type { ApprovalRequest } from "@keybrake/ledger";
import type { CardContent } from "../approvals/card.ts";
import { deadlineTime } from "../environment.ts";
import { makeApprovalId } from "../identifiers.ts";
import { asksAbout, type Policy } from "../policy.ts";
import type { AgentHeaders } from "./agent-headers.ts";
import type { CallDependencies, Cost, Priced } from "./call.ts";
import { passedHeaders } from "./first-request.ts";
import { ownScope } from "./identify.ts";
import { observes } from "./observe.ts";
import type { Step } from "./step.ts";

/**
 * Step 8: whether a person may have to agree, and to what. They are asked, and what they said is looked at, in the
 * transaction of the hold: so nothing is held without it, and an approval is used once. A known act has no cost here, and
 * is not asked about again.
 */
export const approve: Step<Priced, Priced> = { name: "approve", refuses: [], take: withApproval };

type ApprovalPolicy = NonNullable<Policy["approval"]>;

/** The call as it is, where the policy asks nobody about it. */
export function withApproval(deps: CallDependencies, call: Priced): Priced {
  const { approval } = call.key.policy;
  const { claim, cost } = call;
  if (approval === null || claim === null || cost === null || observes(call)) return call;
  const { movedMicros, usdMicros } = cost;
  const about = { operation: call.operation.name, movedMicros, usdMicros };
  const asking = asksAbout(call.key.policy, about, call.account.vendor);
  return asking === null ? call : { ...call, approval: requestOf(deps, call, { approval, cost, ...asking }) };
}

interface Asking {
  readonly approval: ApprovalPolicy;
  readonly cost: Cost;
  readonly always: boolean;
  readonly askAtPercent: number | null;
}

function requestOf(
  { environment }: CallDependencies,
  call: Priced,
  { approval, cost, always, askAtPercent }: Asking,
): ApprovalRequest {
  const { key, account, request, agent, at } = call;
  const { identity } = account.vendor.act(request, {
    agentAct: agent.act,
    includes: key.policy.act_includes,
  });
  const keyLeftMs = Math.max(1, key.expiresAt - deadlineTime(environment));
  return {
    approvalId: makeApprovalId(at, environment.random),
    act: `${ownScope(call)}:${identity}`,
    terms: termsOf(call),
    movedMicros: cost.movedMicros,
    always,
    askAtPercent,
    expiresInMs: Math.min(approval.expires_in_ms, keyLeftMs),
    deniedMs: key.policy.act_window_ms,
    content: JSON.stringify(contentOf(call)),
  };
}

/** Nobody's: what is forwarded bears the call's own, and is otherwise the same each time. */
const NO_STAMP = { key: "", call: "", run: null, agent: null };

/** All that is forwarded, but for what the proxy writes into it, and whose it is: in other words it is another call. */
function termsOf({ account, operation, request, headers, agent }: Priced): string {
  const { body, contentType } = account.vendor.encode(request, { inject: null, stamp: NO_STAMP });
  const passed = Object.entries(passedHeaders(account.vendor, headers));
  const said = [operation.name, request.target, contentType, body, passed, askerOf(agent), agent.act];
  return hash("sha256", JSON.stringify(said));
}

/** A conversation goes on in another run; without one, another run is another asker. */
function askerOf({ conversationId, runId }: AgentHeaders): readonly [string, string] | null {
  if (conversationId !== null) return ["conversation", conversationId];
  return runId === null ? null : ["run", runId];
}

/** For a person to read, without keys. */
function contentOf({ account, request }: Priced): CardContent {
  const { vendor } = account;
  const customer = vendor.customerOf(request);
  const parameters = Object.entries(vendor.parametersOf(request));
  return {
    customer: customer.kind === "named" ? vendor.redact(customer.id) : null,
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name, vendor.redact(value)])),
  };
}
