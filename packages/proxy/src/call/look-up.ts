import { LIMITS } from "../limits.ts";
import type { Refusal } from "../refusal.ts";
import type { VerdictContext } from "../vendors/vendor.ts";
import { type CallDependencies, type Ending, type Resolved, refused } from "./call.ts";
import { sendLookUp } from "./send.ts";

const LOOK_UP: VerdictContext = { write: false, resent: false, keepDecline: false };

/** An object that a call is about; null when the answer is none. */
interface Found {
  readonly object: unknown;
}

export function isFound(found: Found | Ending): found is Found {
  return "object" in found;
}

/** Asks the vendor for an object that a call is about, with the proxy's credential. Moves no money. */
export async function lookUp(deps: CallDependencies, call: Resolved, path: string): Promise<Found | Ending> {
  // A simulate key's are made up here.
  if (!call.key.simulate) {
    if (!deps.shares.takeLookUp(call.key.id)) return refused(call, tooMany(deps, call));
    deps.lookedUp();
  }
  const result = await sendLookUp(call, path);
  if (result.kind !== "answer" || result.status >= 500 || result.status === 429)
    return refused(call, unreachable(call));
  // A network's own "not found" is not the vendor's: it says nothing about the object.
  if (!call.account.vendor.interpret(result, LOOK_UP).ok) return refused(call, unreachable(call));
  call.account.clock.note(result.headers.date, deps.environment.clock());
  if (result.status >= 400) return { end: "looked_up", call, answer: result };
  try {
    return { object: JSON.parse(result.body) };
  } catch {
    return { object: null };
  }
}

function tooMany({ shares }: CallDependencies, { key }: Resolved): Refusal {
  const reason = `The calls of the vault key '${key.name}' needed ${LIMITS.lookUpsPerMinute} look-ups in this minute, and this one needs another. Nothing was moved.`;
  return { code: "rate_limited", reason, retryAfterSeconds: shares.secondsLeft() };
}

function unreachable({ account }: Resolved): Refusal {
  const { title } = account.vendor;
  const reason = `${title} could not be asked for the object that this call is about. Nothing was moved.`;
  return { code: "upstream_unreachable", reason };
}
