import { DAILY_WINDOW_MS } from "../src/limits.ts";
import type { AdmitRequest, Settlement } from "../src/requests.ts";
import type { NewVaultKey } from "../src/types.ts";

/** What the proxy answers each refusal with. */
const REFUSAL_STATUS = {
  invalid_vault_key: 401,
  vault_key_revoked: 401,
  vault_key_expired: 401,
  vault_key_paused: 401,
  idempotency_error: 400,
  possible_repeat: 409,
  outcome_unresolved: 400,
  call_limit_exceeded: 429,
  rate_limited: 429,
  spend_cap_exceeded: 429,
  approval_denied: 403,
  approval_required: 403,
} as const;

export const START = 1_800_000_000_000;

/** A vault key without limits but for its cap. */
export function vaultKeyFixture(id: string, capMicros = 1_000_000_000_000): NewVaultKey {
  return {
    id,
    hash: hashFixture(id),
    name: id,
    vendor: "stripe",
    account: "default",
    role: null,
    policy: {},
    labels: {},
    simulate: false,
    createdAt: START,
    expiresAt: START + 1e10,
    ownBudget: { capMicros, windowMs: DAILY_WINDOW_MS },
    budgets: [],
    maxCalls: null,
    ratePerMinute: null,
    parentId: null,
    rootId: null,
  };
}

function hashFixture(id: string): string {
  return Buffer.from(id).toString("hex").padEnd(64, "0");
}

/** A charge of 1 USD with a claim of its own. */
export function admissionFixture(callId: string, vaultKeyId = "key"): AdmitRequest {
  return {
    facts: {
      callId,
      at: START,
      vaultKeyId,
      vaultKeyName: vaultKeyId,
      vendor: "stripe",
      account: "default",
      simulate: false,
      role: null,
      labels: {},
      runId: "run",
      agent: null,
      conversationId: null,
      turn: null,
      traceparent: null,
      operation: "charges.create",
      method: "POST",
      path: "/v1/charges",
      idempotencyKey: callId,
      amountMinor: 100,
      currency: "usd",
      usdMicros: 1_000_000,
    },
    keyHash: hashFixture(vaultKeyId),
    claim: {
      scope: "acct",
      key: callId,
      by: "key",
      otherKeys: [],
      actDigest: callId,
      sharedDigest: callId,
      callerKey: callId,
      isKeyChosen: true,
      endsWithDelivery: false,
      body: "amount=100",
      upstreamIdempotencyKey: callId,
    },
    repeats: null,
    objectId: null,
    approval: null,
    latencyMs: 0,
    deadlineTime: 0,
    resendNotBefore: 0,
    claimLapsedBefore: 0,
    refusalStatus: REFUSAL_STATUS,
  };
}

/** That charge's success. */
export function settlementFixture(callId: string): Settlement {
  return {
    callId,
    by: { kind: "answer" },
    at: START,
    state: "posted",
    usdMicros: 1_000_000,
    amountMinor: 100,
    currency: "usd",
    totalOf: null,
    undoes: null,
    refused: false,
    code: null,
    status: 200,
    upstreamRequestId: null,
    objectId: `ch_${callId}`,
    latencyMs: 1,
    answer: { status: 200, headers: {}, body: "{}" },
  };
}
