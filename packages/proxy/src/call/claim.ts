import { createHash } from "node:crypto";
import type { VaultKey } from "@keybrake/ledger";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import type { Refusal } from "../refusal.ts";
import type { CredentialMode } from "../vault-key.ts";
import { actDigest, isUpdate, type Operation, type Params, redactSecrets } from "../vendors/stripe/index.ts";
import { type AgentHeaders, headerOf, type IncomingCall, namedAccounts } from "./facts.ts";

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
function accountScope(key: VaultKey, mode: CredentialMode, account: string): string {
  return key.simulate ? `simulate:${key.id}` : `stripe:${mode}:${account}`;
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
    readonly mode: CredentialMode;
  },
): Claimed {
  const { operation, path, params } = resolved;
  const { key, policy, agent, callId, mode } = caller;
  const header = headerOf(call, "idempotency-key");
  if (header !== null && header.length > LIMITS.idempotencyKeyLength) {
    const message = `An Idempotency-Key has at most ${LIMITS.idempotencyKeyLength} characters.`;
    return { kind: "refused", refusal: { code: "request_invalid", message } };
  }
  // It is stored, and Stripe shows it to whoever reads the request's log.
  if (header !== null && redactSecrets(header) !== header) {
    const message = "An Idempotency-Key must not hold a secret key.";
    return { kind: "refused", refusal: { code: "request_invalid", message } };
  }
  if (!operation.write) return { kind: "none" };
  const digest = actDigest(operation.name, path, params, agent.act);
  const claim = (scope: string, claimKey: string, upstreamKey: string): Claimed => ({
    kind: "claim",
    claim: { scope, key: claimKey, actDigest: digest, upstreamKey },
  });
  const ownKey = `keybrake-${callId}`;
  const [account = ""] = namedAccounts(call);
  // The same charge on another account is another act, and must never be settled by a repeat over here.
  const ownScope = `act:${key.id}:${account}`;
  if (policy.dedupe === "act") {
    return claim(ownScope, isUpdate(operation.name) ? (header ?? callId) : digest, header ?? ownKey);
  }
  const scope = accountScope(key, mode, account);
  if (header !== null) return claim(scope, header, header);
  if (agent.runId !== null) {
    const derived = createHash("sha256")
      .update(JSON.stringify([agent.runId, operation.name, digest]))
      .digest("hex");
    return claim(scope, `run-${derived}`, `run-${derived}`);
  }
  // A DELETE is idempotent by itself (RFC 9110 section 9.2.2); Stripe ignores keys on it.
  if (!policy.require_idempotency_key || operation.method === "DELETE")
    return claim(ownScope, callId, ownKey);
  return {
    kind: "refused",
    refusal: {
      code: "idempotency_key_required",
      message:
        "A write needs an Idempotency-Key header, or an X-Agent-Run-Id from which one is derived. Send the same one again when you retry.",
    },
  };
}
