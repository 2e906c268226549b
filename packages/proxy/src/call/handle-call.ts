import type { CallFacts, VaultKey } from "@keybrake/ledger";
import { makeCallId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import type { Policy } from "../policy.ts";
import { type Refusal, refusalAnswer } from "../refusal.ts";
import { fitsMode, hashVaultKey, readVaultKey } from "../vault-key.ts";
import { customerOf, resolveOperation } from "../vendors/stripe/index.ts";
import {
  authorise,
  authoriseAmount,
  customerRefusal,
  destinationRefusal,
  metadataRefusal,
} from "./authorise.ts";
import { createBookkeeper } from "./bookkeeper.ts";
import { claimOf } from "./claim.ts";
import { createExecutor } from "./execute.ts";
import {
  type AgentHeaders,
  type CallHead,
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
export function keyRefusal(key: VaultKey, now: number): Refusal | null {
  if (key.revokedAt !== null) return REVOKED;
  return now >= key.expiresAt ? EXPIRED : null;
}

/** Step 1: a key that may be used, or the call's end. */
export type Authentication =
  | { readonly ok: true; readonly key: VaultKey }
  | { readonly ok: false; readonly handled: Handled };

/**
 * The way of one call, in two parts: a body is read only when its sender is known. Rejects only when the store fails.
 */
export interface CallHandler {
  /** The vault key of a request, whether it may still be used or not; null when it names none of this proxy's. */
  identify(headers: CallHead["headers"]): Promise<VaultKey | null>;
  /** Step 1, from the headers alone. A key that is known but cannot be used is refused with a row. */
  authenticate(head: CallHead): Promise<Authentication>;
  /** Refuses, with a row, a call of a known key whose body was not read. */
  refuse(head: CallHead, key: VaultKey, refusal: Refusal): Promise<Handled>;
  /** The steps after it. A key that was revoked since is refused in the transaction of the hold. */
  handle(call: IncomingCall, key: VaultKey): Promise<Handled>;
}

/**
 * The order of the steps is also the precedence of the refusals: authenticate, resolve, authorise, price, claim
 * and hold, forward, settle, answer.
 */
export function createCallHandler(dependencies: CallDependencies): CallHandler {
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
    const destination = destinationRefusal(key, policy, operation, decoded.params);
    if (destination !== null) return books.deny(facts, destination);
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

  /** The row of a call as far as its headers say it. */
  function factsOf(
    head: CallHead,
    key: VaultKey,
    asked: Pick<CallFacts, "at" | "path" | "operation"> & { readonly agent: AgentHeaders },
  ): CallFacts {
    return newFacts({
      ...asked,
      callId: makeCallId(asked.at, environment.random),
      key,
      method: head.method,
      idempotencyKey: headerOf(head, "idempotency-key")?.slice(0, LIMITS.idempotencyKeyLength) ?? null,
    });
  }

  async function refuse(head: CallHead, key: VaultKey, refusal: Refusal): Promise<Handled> {
    const resolved = resolveOperation(head.method, head.target);
    const operation = resolved.ok ? resolved.operation.name : null;
    const headers = readAgentHeaders(head);
    const agent = "tooLong" in headers ? NO_AGENT : headers;
    const at = environment.clock();
    return books.deny(factsOf(head, key, { at, path: resolved.path, operation, agent }), refusal);
  }

  async function identify(headers: CallHead["headers"]): Promise<VaultKey | null> {
    const secret = readVaultKey(headerOf({ headers }, "authorization") ?? undefined);
    return secret === null || !fitsMode(secret, mode)
      ? null
      : ledger.findVaultKeyByHash(hashVaultKey(secret));
  }

  return {
    identify,

    async authenticate(head) {
      const key = await identify(head.headers);
      if (key === null) return { ok: false, handled: UNAUTHENTICATED };
      const unusable = keyRefusal(key, environment.clock());
      if (unusable === null) return { ok: true, key };
      return { ok: false, handled: await refuse(head, key, unusable) };
    },

    refuse,

    async handle(call, key) {
      const at = environment.clock();
      const headers = readAgentHeaders(call);
      const agent = "tooLong" in headers ? NO_AGENT : headers;
      const request = readRequest(call);
      const operation = request.kind === "unresolved" ? null : request.operation.name;
      const facts: CallFacts = {
        ...factsOf(call, key, { at, path: request.path, operation, agent }),
        ...(request.kind === "readable" ? requestedAmount(request.plan, rates) : {}),
      };
      // The body took its time, and the key may have expired meanwhile.
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
    },
  };
}
