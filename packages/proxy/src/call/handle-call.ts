import type { CallFacts, VaultKey } from "@keybrake/ledger";
import { makeCallId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import { type Refusal, refusalAnswer } from "../refusal.ts";
import { fitsMode, hashVaultKey, readVaultKey } from "../vault-key.ts";
import { customerOf } from "../vendors/stripe/index.ts";
import { authorise, authoriseAmount, customerRefusal, metadataRefusal } from "./authorise.ts";
import { createBookkeeper } from "./bookkeeper.ts";
import { claimOf } from "./claim.ts";
import { createExecutor } from "./execute.ts";
import {
  type AgentHeaders,
  headerOf,
  type IncomingCall,
  NO_AGENT,
  newFacts,
  readAgentHeaders,
} from "./facts.ts";
import { EXPIRED, INVALID_KEY, REVOKED } from "./messages.ts";
import { followLookup, price, requestedAmount } from "./price.ts";
import type { CallDependencies, Handled, Progress } from "./progress.ts";
import { readRequest } from "./read-request.ts";
import { createSender } from "./send.ts";

/** Step 1 without a known key: no row, so that a flood cannot fill the store; the server counts it. */
const UNAUTHENTICATED: Handled = {
  answer: refusalAnswer(INVALID_KEY, null),
  callId: null,
  operation: null,
  vaultKeyId: null,
  decision: "unauthenticated",
  code: INVALID_KEY.code,
};

/** Step 1 for a known key; the ledger decides the same again, in the transaction of the hold. */
function keyRefusal(key: VaultKey, now: number): Refusal | null {
  if (key.revokedAt !== null) return REVOKED;
  return now >= key.expiresAt ? EXPIRED : null;
}

/**
 * The way of one call, in the order that is also the precedence of the refusals: authenticate, resolve,
 * authorise, price, claim and hold, forward, settle, answer. Rejects only when the store fails.
 */
export function createCallHandler(dependencies: CallDependencies): (call: IncomingCall) => Promise<Handled> {
  const { ledger, environment, rates, mode } = dependencies;
  const sender = createSender(dependencies);
  const books = createBookkeeper(dependencies);
  const admit = createExecutor(dependencies, sender, books);

  /** Step 3's customers allowlist, with a look-up where the call names only a charge or the like. */
  async function checkCustomer(progress: Progress): Promise<Handled | null> {
    const { key, policy, facts, operation, pathParams, decoded } = progress;
    if (policy.customers === null) return null;
    const named = customerOf({ operation: operation.name, params: decoded.params, pathParams });
    let customer = named.kind === "named" ? named.id : null;
    if (named.kind === "lookup") {
      const found = await followLookup(named.path, (path) => sender.lookup(progress, path));
      if (found.kind === "refused") return books.deny(facts, found.refusal);
      if (found.kind === "answered") return books.denyByLookup(facts, found.result);
      customer = named.next(found.object);
    }
    const refusal = customerRefusal(key, policy, customer);
    return refusal === null ? null : books.deny(facts, refusal);
  }

  /** Steps 3 to 8 for a call whose operation and parameters are known. */
  async function decide(progress: Progress): Promise<Handled> {
    const { call, key, policy, agent, facts, operation, path, decoded, plan } = progress;
    const reserved = metadataRefusal(operation, decoded.params);
    if (reserved !== null) return books.deny(facts, reserved);
    const wrongCustomer = await checkCustomer(progress);
    if (wrongCustomer !== null) return wrongCustomer;
    const caller = { key, policy, agent, callId: facts.callId, mode };
    const claimed = claimOf(call, { operation, path, params: decoded.params }, caller);
    const claim = claimed.kind === "claim" ? claimed.claim : null;
    for (;;) {
      // A known act has its price: a full refund that is repeated must not look like one with nothing left.
      const known = claim === null ? null : await ledger.findClaim(claim);
      if (known !== null) {
        // What another key was allowed is not this one's: not to be repeated, and not to be read either.
        const { usdCents: movedCents, currency } = facts;
        const tooMuch = authoriseAmount(key, policy, { movedCents, currency });
        if (tooMuch !== null) return books.deny(facts, tooMuch);
        const result = await admit({ progress, cost: null, claim });
        if (result !== null) return result;
        continue;
      }
      const priced = await price(plan, {
        rates,
        lookup: (target) => sender.lookup(progress, target),
        countedCents: (objectId) => ledger.countedCents(objectId, key.simulate),
      });
      if (priced.kind === "answered") return books.denyByLookup(facts, priced.result);
      if (priced.kind === "refused") return books.deny(facts, priced.refusal);
      const { cost } = priced;
      const { amountMinor, currency, usdCents } = cost;
      const pricedFacts = { ...facts, amountMinor, currency, usdCents };
      const tooMuch = authoriseAmount(key, policy, cost);
      if (tooMuch !== null) return books.deny(pricedFacts, tooMuch);
      if (claimed.kind === "refused") return books.deny(pricedFacts, claimed.refusal);
      const result = await admit({ progress: { ...progress, facts: pricedFacts }, cost, claim });
      if (result !== null) return result;
    }
  }

  /** Steps 1 to 3 for a known key, as far as no look-up is needed. */
  async function begin(call: IncomingCall, key: VaultKey, at: number): Promise<Handled> {
    const headers = readAgentHeaders(call);
    const agent: AgentHeaders = "tooLong" in headers ? NO_AGENT : headers;
    const request = readRequest(call);
    const facts: CallFacts = {
      ...newFacts({
        callId: makeCallId(at, environment.random),
        at,
        key,
        agent,
        method: call.method,
        path: request.path,
        operation: request.kind === "unresolved" ? null : request.operation.name,
        idempotencyKey: headerOf(call, "idempotency-key")?.slice(0, LIMITS.idempotencyKeyLength) ?? null,
      }),
      ...(request.kind === "readable" ? requestedAmount(request.plan, rates) : {}),
    };
    const unusable = keyRefusal(key, at);
    if (unusable !== null) return books.deny(facts, unusable);
    if ("tooLong" in headers) {
      const message = `The header ${headers.tooLong} has at most ${LIMITS.agentHeaderLength} characters.`;
      return books.deny(facts, { code: "request_invalid", message });
    }
    if (request.kind === "unresolved") return books.deny(facts, request.refusal);
    const policy = key.policy as Policy;
    const forbidden = authorise(key, policy, request.operation, call);
    if (forbidden !== null) return books.deny(facts, forbidden);
    if (request.kind === "unreadable") return books.deny(facts, request.refusal);
    return decide({ call, key, policy, agent, ...request, facts });
  }

  return async function handleCall(call) {
    const at = environment.clock();
    const secret = readVaultKey(headerOf(call, "authorization") ?? undefined);
    const key =
      secret === null || !fitsMode(secret, mode)
        ? null
        : await ledger.findVaultKeyByHash(hashVaultKey(secret));
    return key === null ? UNAUTHENTICATED : begin(call, key, at);
  };
}
