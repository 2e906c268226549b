import type { Refusal } from "../refusal.ts";
import { type Authenticated, type Ending, type Read, refused } from "./call.ts";

/**
 * Whether the key's limits are only noted: what they speak against goes on, and its row says which refusal it would have
 * been. A simulate key has nothing to fear, so its limits hold.
 */
export function observes({ key }: Pick<Authenticated, "key">): boolean {
  return key.policy.enforcement === "observe" && !key.simulate;
}

/** What the key's policy speaks against: the call's end, or a note on its way; of several, the first is noted. */
export function barred<C extends Read>(call: C, refusal: Refusal): C | Ending {
  if (!observes(call)) return refused(call, refusal);
  return call.would === undefined ? { ...call, would: refusal.code } : call;
}
