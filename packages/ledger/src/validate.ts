import { LedgerError } from "./errors.ts";
import { BUDGETS_PER_KEY_MAX, KEEP_MIN_MS, LABELS_MAX, PAGE_LIMIT_MAX } from "./limits.ts";
import type { NewSecret } from "./plan-vault-key.ts";
import type {
  AdmitRequest,
  CallFilter,
  ClaimRequest,
  PageRequest,
  RecordRequest,
  Settlement,
  Settler,
  StoredAnswer,
  Undone,
} from "./requests.ts";
import type { PruneRequest } from "./retention.ts";
import type { CallFacts, Labels, NewBudget, NewVaultKey } from "./types.ts";

/*
 * Checks at the door: each throws `argument_invalid` before anything is queued. Types do not exist at run
 * time, and one wrong value inside a shared transaction would cost everybody else a second one.
 */

export function checkVaultKey(key: NewVaultKey): void {
  checkIdentity(key.id, "id");
  checkHash(key.hash, "hash");
  checkText(key.name, "name");
  checkIdentity(key.vendor, "vendor");
  checkIdentity(key.account, "account");
  checkTextOrNull(key.role, "role");
  check(isJson(key.policy), "policy must be JSON");
  checkLabels(key.labels);
  check(typeof key.simulate === "boolean", "simulate must be a boolean");
  checkCount(key.createdAt, "createdAt");
  checkCount(key.expiresAt, "expiresAt");
  checkCountOrNull(key.ownBudget.capMicros, "ownBudget.capMicros");
  checkWindow(key.ownBudget.windowMs);
  check(
    Array.isArray(key.budgets) && key.budgets.length <= BUDGETS_PER_KEY_MAX,
    `budgets must be a list of at most ${BUDGETS_PER_KEY_MAX}`,
  );
  for (const budget of key.budgets) checkIdentity(budget, "a budget's name");
  check(new Set(key.budgets).size === key.budgets.length, "a budget may be named once");
  checkCountOrNull(key.maxCalls, "maxCalls");
  checkCountOrNull(key.ratePerMinute, "ratePerMinute");
}

function checkHash(hash: string, name: string): void {
  check(/^[0-9a-f]{64}$/.test(hash), `${name} must be a hex SHA-256`);
}

export function checkSecret({ hash, previousEndsAt }: NewSecret): void {
  checkHash(hash, "hash");
  checkCount(previousEndsAt, "previousEndsAt");
}

/** That the policy can be read back: whatever `parse` throws is the caller's mistake. */
export function checkPolicy(policy: unknown, parse: (stored: unknown) => unknown): void {
  try {
    parse(JSON.parse(JSON.stringify(policy)));
  } catch (cause) {
    throw new LedgerError("argument_invalid", "policy is not one that can be read back.", { cause });
  }
}

export function checkBudget(budget: NewBudget): void {
  checkCap(budget.name, budget.capMicros);
  checkWindow(budget.windowMs);
  if (budget.parent !== null) checkIdentity(budget.parent, "parent");
  checkCount(budget.createdAt, "createdAt");
}

export function checkCap(name: string, capMicros: number): void {
  checkIdentity(name, "name");
  checkCount(capMicros, "capMicros");
}

export function checkAdmit(request: AdmitRequest): void {
  checkFacts(request.facts);
  checkText(request.keyHash, "keyHash");
  if (request.claim !== null) checkClaim(request.claim);
  if (request.objectId !== null) checkIdentity(request.objectId, "objectId");
  if (request.repeats !== null) checkIdentity(request.repeats, "repeats");
  check(request.repeats === null || request.claim !== null, "a request without a claim repeats nothing");
  if (request.claim?.body === null) check(request.repeats !== null, "a claim that is new needs its body");
  checkFinite(request.latencyMs, "latencyMs");
  checkCount(request.deadlineTime, "deadlineTime");
  check(!Number.isNaN(request.resendNotBefore), "resendNotBefore must be a time");
  check(!Number.isNaN(request.claimLapsedBefore), "claimLapsedBefore must be a time");
  for (const status of Object.values(request.refusalStatus)) checkCount(status, "refusalStatus");
}

export function checkSettlement(settlement: Settlement): void {
  checkIdentity(settlement.callId, "callId");
  checkCount(settlement.at, "at");
  const states = ["posted", "voided", "unknown", "awaiting", "none"];
  check(states.includes(settlement.state), "state is not an outcome");
  checkSettler(settlement.by);
  if (settlement.state === "posted") {
    checkCount(settlement.usdMicros, "usdMicros");
    checkCountOrNull(settlement.amountMinor, "amountMinor");
    checkTextOrNull(settlement.currency, "currency");
  }
  checkTextOrNull(settlement.code, "code");
  checkCountOrNull(settlement.status, "status");
  checkTextOrNull(settlement.upstreamRequestId, "upstreamRequestId");
  checkTextOrNull(settlement.objectId, "objectId");
  check(typeof settlement.refused === "boolean", "refused must be a boolean");
  const { totalOf } = settlement;
  check(totalOf === null || totalOf.objectId === settlement.objectId, "totalOf must be the answer's object");
  if (settlement.undoes !== null) checkUndone(settlement.undoes);
  if (settlement.latencyMs !== null) checkFinite(settlement.latencyMs, "latencyMs");
  if (settlement.answer !== null) checkAnswer(settlement.answer);
}

function checkUndone({ scope, objectIds }: Undone): void {
  checkIdentity(scope, "undoes.scope");
  for (const id of objectIds) checkIdentity(id, "undoes.objectIds");
}

function checkSettler(by: Settler): void {
  check(["answer", "reconciler", "person"].includes(by?.kind), "by is not one who settles");
  if (by.kind === "reconciler") checkCount(by.sentAt, "by.sentAt");
  if (by.kind === "person") checkIdentity(by.reason, "by.reason");
}

export function checkRecord(request: RecordRequest): void {
  checkFacts(request.facts);
  check(["allowed", "denied", "replayed"].includes(request.decision), "decision is not one");
  checkTextOrNull(request.code, "code");
  checkCountOrNull(request.status, "status");
  checkTextOrNull(request.upstreamRequestId, "upstreamRequestId");
  checkTextOrNull(request.objectId, "objectId");
  checkFinite(request.latencyMs, "latencyMs");
  if (request.times !== undefined) {
    checkCount(request.times, "times");
    check(request.times > 0, "times must be at least 1");
  }
}

export function checkPage(page: PageRequest): void {
  const { limit } = page;
  check(
    Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT_MAX,
    `limit must be 1 to ${PAGE_LIMIT_MAX}`,
  );
}

export function checkFilter(filter: CallFilter): void {
  for (const name of FILTERED_TEXTS) {
    if (filter[name] !== undefined) checkText(filter[name], name);
  }
  if (filter.labels !== undefined) checkLabels(filter.labels);
  if (filter.from !== undefined) checkFinite(filter.from, "from");
  if (filter.to !== undefined) checkFinite(filter.to, "to");
}

const FILTERED_TEXTS = [
  "runId",
  "conversationId",
  "turn",
  "idempotencyKey",
  "objectId",
  "vaultKeyId",
  "agent",
  "operation",
  "decision",
  "code",
  "state",
] as const;

/** A time, an amount or a number of things: a non-negative safe integer. */
export function checkCount(value: number, name: string): void {
  check(Number.isSafeInteger(value) && value >= 0, `${name} must be a non-negative safe integer`);
}

/** Text that other text is compared with. A lone surrogate would be stored as U+FFFD and equal any other. */
export function checkIdentity(value: string, name: string): void {
  check(
    typeof value === "string" && value.length > 0 && value.isWellFormed() && !value.includes("\0"),
    `${name} must be text, well-formed and not empty`,
  );
}

function checkFacts(facts: CallFacts): void {
  checkIdentity(facts.callId, "callId");
  checkCount(facts.at, "at");
  checkIdentity(facts.vaultKeyId, "vaultKeyId");
  checkText(facts.vaultKeyName, "vaultKeyName");
  checkIdentity(facts.vendor, "vendor");
  checkIdentity(facts.account, "account");
  check(typeof facts.simulate === "boolean", "simulate must be a boolean");
  checkLabels(facts.labels);
  for (const name of OPTIONAL_FACTS) checkTextOrNull(facts[name], name);
  checkText(facts.method, "method");
  checkText(facts.path, "path");
  checkCountOrNull(facts.amountMinor, "amountMinor");
  checkCount(facts.usdMicros, "usdMicros");
}

const OPTIONAL_FACTS = [
  "role",
  "runId",
  "agent",
  "conversationId",
  "turn",
  "traceparent",
  "operation",
  "idempotencyKey",
  "currency",
] as const;

function checkClaim(claim: ClaimRequest): void {
  checkIdentity(claim.scope, "claim.scope");
  checkIdentity(claim.key, "claim.key");
  check(claim.by === "key" || claim.by === "act", "claim.by must be key or act");
  check(Array.isArray(claim.otherKeys), "claim.otherKeys must be a list");
  for (const key of claim.otherKeys) checkIdentity(key, "claim.otherKeys");
  checkIdentity(claim.actDigest, "claim.actDigest");
  checkIdentity(claim.sharedDigest, "claim.sharedDigest");
  checkTextOrNull(claim.callerKey, "claim.callerKey");
  check(typeof claim.isKeyChosen === "boolean", "claim.isKeyChosen must be a boolean");
  check(typeof claim.endsWithDelivery === "boolean", "claim.endsWithDelivery must be a boolean");
  checkTextOrNull(claim.body, "claim.body");
  checkText(claim.upstreamIdempotencyKey, "claim.upstreamIdempotencyKey");
}

function checkAnswer(answer: StoredAnswer): void {
  checkCount(answer.status, "answer.status");
  check(typeof answer.headers === "object" && answer.headers !== null, "answer.headers must be an object");
  checkText(answer.body, "answer.body");
}

export function checkLabels(labels: Labels): void {
  check(typeof labels === "object" && labels !== null, "labels must be an object");
  const entries = Object.entries(labels);
  check(entries.length <= LABELS_MAX, `there may be at most ${LABELS_MAX} labels`);
  for (const [name, value] of entries) {
    checkIdentity(name, "a label's name");
    checkText(value, "a label");
  }
}

export function checkPrune(request: PruneRequest): PruneRequest {
  const { now, keepMs } = request;
  checkCount(now, "now");
  checkCount(keepMs, "keepMs");
  check(keepMs >= KEEP_MIN_MS, `keepMs must be at least ${KEEP_MIN_MS}`);
  return request;
}

function checkWindow(windowMs: number | null): void {
  check(
    windowMs === null || (Number.isSafeInteger(windowMs) && windowMs > 0),
    "windowMs must be a positive safe integer or null",
  );
}

export function checkText(value: string, name: string): void {
  check(typeof value === "string", `${name} must be text`);
}

export function checkTextOrNull(value: string | null, name: string): void {
  check(value === null || typeof value === "string", `${name} must be text or null`);
}

export function checkCountOrNull(value: number | null, name: string): void {
  if (value !== null) checkCount(value, name);
}

function checkFinite(value: number, name: string): void {
  check(Number.isFinite(value), `${name} must be a number`);
}

function isJson(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    // A cycle, or a bigint.
    return false;
  }
}

export function check(condition: boolean, message: string): void {
  if (!condition) throw new LedgerError("argument_invalid", `${message}.`);
}
