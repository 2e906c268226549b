import { hash } from "node:crypto";
import { LIMITS } from "../limits.ts";
import type { Act } from "../vendors/act.ts";
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

function take(deps: CallDependencies, call: Resolved): Identified | Ending {
  if (!call.operation.write) return { ...call, claim: null };
  const claim = claimOf(deps, call);
  if (claim !== null) return { ...call, claim };
  return refused(call, {
    code: "idempotency_key_required",
    reason: "With this vault key a write needs an Idempotency-Key of its caller's.",
  });
}

/** Null when the policy asks for a key and none was sent. */
function claimOf(deps: CallDependencies, call: Resolved): Claim | null {
  const { account, key, operation, request, agent, callerKey } = call;
  const { vendor } = account;
  const act = vendor.act(request, { agentAct: agent.act, includes: key.policy.act_includes });
  const isChosen =
    callerKey !== null &&
    (key.policy.dedupe === "key" || (key.policy.dedupe === "auto" && !vendor.isMadeUpKey(callerKey)));
  // A DELETE is idempotent by itself (RFC 9110 section 9.2.2), and clients send no key with it.
  if (key.policy.dedupe === "key" && callerKey === null && operation.method !== "DELETE") return null;
  if (callerKey !== null && isChosen) return byKey(call, act, callerKey);
  if (!vendor.setsState(request)) return byAct(deps, call, act);
  // Between two equal ones another may have come, so that only the same request is the same.
  return callerKey === null ? byItself(call, act) : byKey(call, act, callerKey);
}

/**
 * Claims of one upstream account share a scope, as the vendor's own keys do: two runs with a vault key each, that
 * bill June under one business key, are one act, and stay one when the vendor has forgotten the key. A simulate key
 * never meets the vendor and keeps to itself.
 */
function byKey(call: Resolved, act: Act, callerKey: string): Claim {
  const { key, account } = call;
  return {
    by: "key",
    scope: key.simulate ? `key:${key.rootId ?? key.id}` : `${account.mode}:${upstreamAccount(call)}`,
    key: callerKey,
    otherKeys: otherKeysOf(call, act, callerKey),
    actDigest: act.terms,
    sharedDigest: act.shared,
    callerKey,
    isKeyChosen: true,
    endsWithDelivery: false,
    upstreamIdempotencyKey: callerKey,
    // As long as the vendor answers under the key with what it refused, so does its claim.
    lapsesAfterMs: account.vendor.idempotencyMemoryMs,
    shownKey: null,
  };
}

/** How the tools name an act, in any language: `<run>:<operation>:<digest>`, of the same act with the same digest. */
const TOOLS_KEY = /^(.+):([A-Za-z0-9.]+):([0-9a-f]{32})$/s;

/** The keys under which the tools send the same act by another operation. Of any other key nothing can be told. */
function otherKeysOf({ operation }: Resolved, act: Act, callerKey: string): readonly string[] {
  const [, run, said, digest] = TOOLS_KEY.exec(callerKey) ?? [];
  return said === operation.name ? act.spellings.map((other) => `${run}:${other.operation}:${digest}`) : [];
}

/** The act is claimed within the vault key, whatever Idempotency-Key comes with it. */
function byAct(deps: CallDependencies, call: Resolved, act: Act): Claim {
  const { key, callerKey, account } = call;
  const shownKey = nameOf(call, act);
  return {
    by: "act",
    scope: ownScope(call),
    key: act.identity,
    otherKeys: act.spellings.map(({ identity }) => identity),
    actDigest: act.wording,
    sharedDigest: act.wording,
    callerKey,
    isKeyChosen: callerKey !== null && !account.vendor.isMadeUpKey(callerKey),
    endsWithDelivery: act.endsWithDelivery,
    upstreamIdempotencyKey: upstreamKeyOf(deps, call, act, shownKey),
    lapsesAfterMs: key.policy.act_window_ms,
    shownKey,
  };
}

/** No other call is this one. */
function byItself(call: Resolved, act: Act): Claim {
  return {
    by: "key",
    scope: ownScope(call),
    key: call.callId,
    otherKeys: [],
    actDigest: act.terms,
    sharedDigest: act.terms,
    callerKey: null,
    isKeyChosen: false,
    endsWithDelivery: false,
    upstreamIdempotencyKey: `${nameOf(call, act)}:${call.callId}`,
    lapsesAfterMs: call.account.vendor.idempotencyMemoryMs,
    shownKey: null,
  };
}

/** Of the claims by act that the key has made, and all that come of the same first one, on the account that the call is for. */
export function ownScope(call: Resolved): string {
  return `act:${call.key.rootId ?? call.key.id}:${upstreamAccount(call)}`;
}

/** The same act on another account is another act, and must never be settled by a repeat over here. */
function upstreamAccount({ account, headers }: Resolved): string {
  const [named = ""] = account.vendor.accountsNamed(headers);
  return `${account.owner}:${named}`;
}

const RUN_PART_LENGTH = 120;

/** `<run>:<operation>:<digest>`: one name for all that say the same act in one run, for people who look for it. */
function nameOf({ agent, operation }: Resolved, act: Act): string {
  const { runId } = agent;
  const isPlain = runId !== null && runId.length <= RUN_PART_LENGTH && /^[\x21-\x7e]+$/.test(runId);
  const run = runId === null ? "keybrake" : isPlain ? runId : `run-${digest(runId)}`;
  return `${run}:${operation.name}:${act.identity.slice(0, 32)}`;
}

/**
 * The name of one attempt at an act: what the vendor refused it may answer again under the same name, and a later
 * attempt is a new one. What an SDK made up is new with each attempt, too; it stays in the name, so that the same
 * request under another vault key is still known to the vendor.
 */
function upstreamKeyOf(deps: CallDependencies, call: Resolved, act: Act, name: string): string {
  const { account, key, callerKey, callId } = call;
  const own = `${name}:${callId}`;
  if (callerKey === null || key.policy.dedupe === "act") return own;
  const whole = `${callerKey}:${act.identity.slice(0, 32)}`;
  const derived =
    whole.length <= LIMITS.idempotencyKeyLength ? whole : `${digest(callerKey)}:${act.identity}`;
  return deps.declinedKeys.has(account, derived) ? own : derived;
}

function digest(text: string): string {
  return hash("sha256", text).slice(0, 32);
}
