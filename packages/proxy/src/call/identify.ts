import { createHash } from "node:crypto";
import { headerOf } from "../vendors/vendor.ts";
import {
  type CallDependencies,
  type Claim,
  type Ending,
  type Identified,
  type Resolved,
  refused,
} from "./call.ts";
import type { Step } from "./step.ts";

/** Step 5: the name under which a write executes once. */
export const identify: Step<Resolved, Identified> = {
  name: "identify",
  refuses: ["idempotency_key_required"],
  take,
};

function take(_deps: CallDependencies, call: Resolved): Identified | Ending {
  if (!call.operation.write) return { ...call, claim: null };
  const claim = claimOf(call);
  if (claim !== null) return { ...call, claim };
  return refused(call, {
    code: "idempotency_key_required",
    reason: "A write needs an Idempotency-Key header, or an X-Agent-Run-Id from which one is derived.",
  });
}

/** Null when the policy asks for a key and none was sent. */
function claimOf(call: Resolved): Claim | null {
  const { account, headers, key, policy, operation, request, agent, callId } = call;
  const { vendor } = account;
  const header = headerOf(headers, "idempotency-key");
  const actDigest = vendor.act(request, agent.act);
  const ownKey = `keybrake-${callId}`;
  const [named = ""] = vendor.accountsNamed(headers);
  // The same act on another account is another act, and must never be settled by a repeat over here.
  const ownScope = `act:${key.id}:${named}`;
  if (policy.dedupe === "act") {
    const name = vendor.isUpdate(operation.name) ? (header ?? callId) : actDigest;
    return { scope: ownScope, key: name, actDigest, upstreamIdempotencyKey: header ?? ownKey };
  }
  const scope = accountScope(call, named);
  if (header !== null) return { scope, key: header, actDigest, upstreamIdempotencyKey: header };
  if (agent.runId !== null) {
    const identity = JSON.stringify([agent.runId, operation.name, actDigest]);
    const derived = `run-${createHash("sha256").update(identity).digest("hex")}`;
    return { scope, key: derived, actDigest, upstreamIdempotencyKey: derived };
  }
  // A DELETE is idempotent by itself (RFC 9110 section 9.2.2).
  if (!policy.require_idempotency_key || operation.method === "DELETE")
    return { scope: ownScope, key: callId, actDigest, upstreamIdempotencyKey: ownKey };
  return null;
}

/**
 * Claims of one upstream account share a scope, as the vendor's own keys do: two runs with a vault key each, that
 * bill June under one business key, are one act, and stay one when the vendor has forgotten the key. A simulate key
 * never meets the vendor and keeps to itself.
 */
function accountScope({ key, account }: Resolved, named: string): string {
  return key.simulate ? `key:${key.id}` : `${account.mode}:${named}`;
}
