import { deadlineTime } from "../environment.ts";
import { makeCallId } from "../identifiers.ts";
import { LIMITS } from "../limits.ts";
import { SlowBody } from "../read-body.ts";
import { BODY_LATE, BODY_TOO_LARGE, OVERLOADED } from "../refusal.ts";
import { authenticate, callRefusal } from "./authenticate.ts";
import {
  type Authenticated,
  type CallDependencies,
  type Ending,
  isEnding,
  type Read,
  refused,
} from "./call.ts";
import type { Step } from "./step.ts";

/** Step 2: the body, in one of the key's places. */
export const read: Step<Authenticated, Read> = {
  name: "read",
  refuses: ["overloaded", "body_too_large", "body_late"],
  // Bodies take their time, and keys end meanwhile.
  repeats: [
    "invalid_vault_key",
    "vault_key_revoked",
    "vault_key_expired",
    "vault_key_paused",
    "refusals_limited",
  ],
  take,
};

async function take(deps: CallDependencies, call: Authenticated): Promise<Read | Ending> {
  const { places } = deps;
  if (!places.take(call.key.id)) return refused(call, OVERLOADED);
  let keeps = false;
  try {
    const next = await readInPlace(deps, call);
    keeps = !isEnding(next);
    return next;
  } catch (error) {
    if (error instanceof SlowBody) return refused(call, BODY_LATE);
    throw error;
  } finally {
    if (!keeps) places.release(call.key.id);
  }
}

async function readInPlace(deps: CallDependencies, call: Authenticated): Promise<Read | Ending> {
  const askedAt = performance.now();
  const body = await call.readBody();
  if (body === null) return refused(call, BODY_TOO_LARGE);
  const known =
    performance.now() - askedAt < LIMITS.keyFreshMs
      ? call
      : // The hold would notice a revocation, but look-ups go out before it.
        await authenticate.take(deps, call);
  if (isEnding(known)) return known;
  const at = deps.environment.clock();
  const arrived: Read = { ...known, body, at, callId: makeCallId(at, deps.environment.random) };
  const unusable = callRefusal(known.key, known.headers, deadlineTime(deps.environment));
  return unusable === null ? arrived : refused(arrived, unusable);
}
