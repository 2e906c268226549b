import {
  type AdmitRequest,
  type Call,
  type CallFacts,
  type ClaimIdentity,
  type ClaimRequest,
  type CountedObject,
  DAILY_WINDOW_MS,
  type NewBudget,
  type NewVaultKey,
  type OwnBudget,
  type RecordRequest,
  type Settlement,
  type StoredAnswer,
} from "@keybrake/ledger";

/** What the proxy answers each refusal with. */
export const REFUSAL_STATUS = {
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

/** Where the suite's time starts: any moment that is not near zero. */
export const START = 1_800_000_000_000;

export const ANSWER: StoredAnswer = {
  status: 200,
  headers: { "content-type": "application/json", "request-id": "req_1" },
  body: '{"id":"ch_1","note":"ünï©ødé"}',
};

/** A vault key with a cap of 100 USD and nothing else that limits it. */
export function vaultKey(id: string, changes: Partial<NewVaultKey> = {}): NewVaultKey {
  return {
    id,
    hash: hashOf(id),
    name: `name of ${id}`,
    vendor: "stripe",
    account: "default",
    role: "billing",
    policy: { allowed: ["charges.*"], nested: { currencies: ["usd"] } },
    labels: { team: "payments" },
    simulate: false,
    createdAt: START,
    expiresAt: START + 1000 * 24 * 3_600_000,
    ownBudget: daily(100_000_000),
    budgets: [],
    maxCalls: null,
    ratePerMinute: null,
    parentId: null,
    rootId: null,
    ...changes,
  };
}

/** An own budget that rolls over 24 h. */
export function daily(capMicros: number | null): OwnBudget {
  return { capMicros, windowMs: DAILY_WINDOW_MS };
}

/** A shared budget of 100 USD that rolls over 24 h. */
export function sharedBudget(name: string, changes: Partial<NewBudget> = {}): NewBudget {
  return {
    name,
    capMicros: 100_000_000,
    windowMs: DAILY_WINDOW_MS,
    parent: null,
    createdAt: START,
    ...changes,
  };
}

/** Something of the shape of a hash, different for every id. */
export function hashOf(id: string): string {
  return Buffer.from(id).toString("hex").padEnd(64, "0").slice(0, 64);
}

/** A charge of 1 USD by the key `key`. */
export function facts(callId: string, changes: Partial<CallFacts> = {}): CallFacts {
  return {
    callId,
    at: START,
    vaultKeyId: "key",
    vaultKeyName: "name of key",
    vendor: "stripe",
    account: "default",
    simulate: false,
    role: "billing",
    labels: {},
    runId: null,
    agent: null,
    conversationId: null,
    turn: null,
    traceparent: null,
    operation: "charges.create",
    method: "POST",
    path: "/v1/charges",
    idempotencyKey: null,
    amountMinor: 100,
    currency: "usd",
    usdMicros: 1_000_000,
    ...changes,
  };
}

/** In words that are the act's, unless told otherwise. */
export function claim(key: string, changes: Partial<ClaimRequest> = {}): ClaimRequest {
  const actDigest = `digest of ${key}`;
  return {
    scope: "acct_1",
    key,
    by: "key",
    otherKeys: [],
    actDigest,
    sharedDigest: changes.actDigest ?? actDigest,
    callerKey: null,
    isKeyChosen: false,
    endsWithDelivery: false,
    body: `amount=100&reference=${key}`,
    upstreamIdempotencyKey: `upstream ${key}`,
    ...changes,
  };
}

/** What the claims of `claim` are unique by, when `facts` makes the call. */
export function claimed(key: string, changes: Partial<ClaimIdentity> = {}): ClaimIdentity {
  return { vendor: "stripe", account: "default", simulate: false, scope: "acct_1", key, ...changes };
}

/** An upstream object of the calls of `facts`. */
export function counted(objectId: string, changes: Partial<CountedObject> = {}): CountedObject {
  return { vendor: "stripe", account: "default", simulate: false, objectId, ...changes };
}

/** Asks for a charge of 1 USD with a claim of its own. */
export function admission(
  callId: string,
  changes: Partial<CallFacts> = {},
  request: Partial<Omit<AdmitRequest, "facts">> = {},
): AdmitRequest {
  return {
    facts: facts(callId, changes),
    keyHash: hashOf(changes.vaultKeyId ?? "key"),
    claim: claim(callId),
    repeats: null,
    objectId: null,
    approval: null,
    latencyMs: 2,
    deadlineTime: 0,
    resendNotBefore: 0,
    claimLapsedBefore: 0,
    refusalStatus: REFUSAL_STATUS,
    ...request,
  };
}

/** A success that moved 1 USD, unless told otherwise. */
export function settlement(callId: string, changes: Partial<Settlement> = {}): Settlement {
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
    upstreamRequestId: "req_1",
    objectId: "ch_1",
    latencyMs: 12,
    answer: ANSWER,
    ...changes,
  };
}

/** The end of a call that definitely moved nothing; its claim is given back. */
export function voided(callId: string, changes: Partial<Settlement> = {}): Settlement {
  return settlement(callId, { state: "voided", answer: null, status: 502, objectId: null, ...changes });
}

/** The end of a call of which nobody knows whether it moved anything. */
export function unknown(callId: string, changes: Partial<Settlement> = {}): Settlement {
  return settlement(callId, {
    state: "unknown",
    code: "outcome_unresolved",
    status: 504,
    upstreamRequestId: null,
    objectId: null,
    answer: null,
    ...changes,
  });
}

/** A refusal that never asked for admission. */
export function refusal(callId: string, changes: Partial<CallFacts> = {}): RecordRequest {
  return {
    facts: facts(callId, changes),
    decision: "denied",
    code: "operation_not_allowed",
    status: 403,
    upstreamRequestId: null,
    objectId: null,
    latencyMs: 1,
  };
}

/** Whole pages one after the other, joined. */
export async function allPages<T>(
  list: (cursor: string | undefined) => Promise<{ data: readonly T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    rows.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

export function idsOf(calls: readonly Call[]): string[] {
  return calls.map((call) => call.callId);
}
