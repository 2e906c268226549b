import { createHash } from "node:crypto";
import type { VaultKey } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import { actDigest, type Operation, type Params } from "../vendors/stripe/index.ts";
import { type AgentHeaders, headerOf, type IncomingCall } from "./facts.ts";

/** Under which name a write executes once, and under which name Stripe hears of it. */
export interface ClaimIdentity {
  readonly scope: string;
  readonly key: string;
  readonly actDigest: string;
  readonly upstreamKey: string;
}

type Claimed =
  | { readonly kind: "none" }
  | { readonly kind: "claim"; readonly claim: ClaimIdentity }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/**
 * Claims of one upstream account share a scope, as Stripe's own Idempotency-Keys do: two runs with a vault
 * key each, that bill June under one business key, are one act, and stay one when Stripe has forgotten the
 * key after a day. A simulate key never meets Stripe and keeps to itself.
 */
function accountScope(key: VaultKey, call: IncomingCall): string {
  if (key.simulate) return `simulate:${key.id}`;
  return `stripe:${headerOf(call, "stripe-account") ?? headerOf(call, "stripe-context") ?? ""}`;
}

/** Step 5, the pure half: which claim a call makes. Reads make none. */
export function claimOf(
  call: IncomingCall,
  resolved: { readonly operation: Operation; readonly path: string; readonly params: Params },
  caller: {
    readonly key: VaultKey;
    readonly policy: Policy;
    readonly agent: AgentHeaders;
    readonly callId: string;
  },
): Claimed {
  const { operation, path, params } = resolved;
  const { key, policy, agent, callId } = caller;
  const header = headerOf(call, "idempotency-key");
  if (header !== null && header.length > LIMITS.idempotencyKeyLength) {
    const message = `An Idempotency-Key has at most ${LIMITS.idempotencyKeyLength} characters.`;
    return { kind: "refused", refusal: { code: "request_invalid", message } };
  }
  if (!operation.write) return { kind: "none" };
  const digest = actDigest(operation.name, path, params, agent.act);
  const claim = (scope: string, claimKey: string, upstreamKey: string): Claimed => ({
    kind: "claim",
    claim: { scope, key: claimKey, actDigest: digest, upstreamKey },
  });
  const ownKey = `keybrake-${callId}`;
  if (policy.dedupe === "act") return claim(`act:${key.id}`, digest, header ?? ownKey);
  const scope = accountScope(key, call);
  if (header !== null) return claim(scope, header, header);
  if (agent.runId !== null) {
    const derived = createHash("sha256")
      .update(JSON.stringify([agent.runId, operation.name, digest]))
      .digest("hex");
    return claim(scope, `run-${derived}`, `run-${derived}`);
  }
  // A DELETE is idempotent by itself (RFC 9110 section 9.2.2); Stripe ignores keys on it.
  if (!policy.require_idempotency_key || operation.method === "DELETE")
    return claim(`act:${key.id}`, callId, ownKey);
  return {
    kind: "refused",
    refusal: {
      code: "idempotency_key_required",
      message:
        "A write needs an Idempotency-Key header, or an X-Agent-Run-Id from which one is derived. Send the same one again when you retry.",
    },
  };
}
